# Fits one CSV with lme4 or glmmTMB and prints what it took, as JSON without any package for it.
# Rscript fit.R ENGINE FILE FORMULA FAMILY   (ENGINE: lme4, lme4_tight, glmmTMB)
args <- commandArgs(trailingOnly = TRUE)
engine <- args[1]; family <- args[4]; formula <- as.formula(args[3])
suppressMessages({library(lme4); if (engine == "glmmTMB") library(glmmTMB)})
d <- read.csv(args[2], stringsAsFactors = TRUE)
d$participant <- factor(d$participant); d$site <- factor(d$site)
invisible(gc(reset = TRUE))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5), calc.derivs = FALSE)
tight_g <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12, optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
took <- system.time(suppressWarnings(suppressMessages(
  fit <- if (engine == "glmmTMB") glmmTMB(formula, d, family = family)
    else if (family == "gaussian" && engine == "lme4_tight") lmer(formula, d, control = tight)
    else if (family == "gaussian") lmer(formula, d)
    else if (engine == "lme4_tight") glmer(formula, d, family = family, control = tight_g)
    else glmer(formula, d, family = family)
)))[["elapsed"]]
peak <- sum(gc()[, 6])
beta <- if (engine == "glmmTMB") fixef(fit)$cond else fixef(fit)
se <- sqrt(diag(as.matrix(if (engine == "glmmTMB") vcov(fit)$cond else vcov(fit))))
numbers <- function(x) paste0("[", paste(formatC(x, digits = 15, format = "g"), collapse = ", "), "]")
cat(sprintf('{"seconds": %.3f, "peak_mb": %.0f, "loglik": %.10f, "beta": %s, "se": %s, "terms": ["%s"], "version": "%s"}\n',
  took, peak, as.numeric(logLik(fit)), numbers(beta), numbers(se), paste(names(beta), collapse = '", "'),
  as.character(packageVersion(if (engine == "glmmTMB") "glmmTMB" else "lme4"))))
