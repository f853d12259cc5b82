# Writes weeks.csv and table.json: what lme4, lmerTest, pbkrtest and glmmTMB give for the formulas
# that tests/models/table/ fits to the same file. Nobody real is in the data: all of it is drawn here.
#
# Run from this folder:  Rscript make_table_reference.R
# Debian packages: r-base-core r-cran-lme4 r-cran-lmertest r-cran-pbkrtest r-cran-glmmtmb r-cran-jsonlite
suppressMessages({
  library(lme4); library(lmerTest); library(pbkrtest); library(glmmTMB); library(splines); library(jsonlite)
})

# --- data: 8 sites x 6 participants x 7 weeks; ids with leading zeros start anew in every site ------
set.seed(20261123)
rows <- expand.grid(week = 0:6, number = 1:6, site = 1:8)
rows$person <- sprintf("%03d", (rows$site - 1) * 6 + rows$number)
rows$participant <- sprintf("%02d", rows$number)
person <- as.integer(rows$person)
rows$arm <- c("usual", "app", "app plus")[1 + person %% 3]
rows$trained <- rows$site %% 2 == 0
rows$rater <- c("Ann", "bo", "Cy", "dee", "Eve")[1 + (rows$week * 3 + person * 2 + person %/% 7) %% 5]
rows$dose <- round(rgamma(nrow(rows), 4, 1), 2)
rows$minutes <- round(rexp(nrow(rows), 1 / 20), 1)
level <- rnorm(48); trend <- 0.3 * level * 0.3 + rnorm(48, 0, 0.25); place <- rnorm(8, 0, 0.7)
mark <- rnorm(5, 0, 0.5)
rows$mood <- round(
  5 + 0.3 * rows$week - 0.02 * rows$week^2 + 0.15 * rows$dose + 0.5 * (rows$arm == "app") +
    0.2 * (rows$arm == "app plus") * rows$week + level[person] + trend[person] * rows$week +
    place[rows$site] + mark[match(rows$rater, c("Ann", "bo", "Cy", "dee", "Eve"))] +
    rnorm(nrow(rows), 0, 0.6), 3
)
rows$due <- 1 + rpois(nrow(rows), 3)
eta <- 0.4 - 0.15 * rows$week + 0.4 * (rows$arm == "app") + 0.8 * level[person]
rows$done <- rbinom(nrow(rows), rows$due, plogis(eta))
rows$active <- ifelse(runif(nrow(rows)) < plogis(eta), "yes", "no")
rows$days <- sample(3:7, nrow(rows), TRUE)
rows$logins <- rpois(nrow(rows), rows$days * exp(-0.6 + 0.05 * rows$dose + 0.4 * level[person]))
rows$calls <- rnbinom(nrow(rows), size = 1.5, mu = exp(0.5 + 0.1 * rows$dose + 0.5 * level[person]))
rows$number <- NULL
names(rows)[names(rows) == "minutes"] <- "minutes (total)"
rows$site <- paste0("s", rows$site)
text <- as.data.frame(lapply(rows, as.character), check.names = FALSE)
# Missing cells in several spellings.
text$mood[c(3, 50, 200)] <- c("", "NA", "."); text$dose[c(3, 77)] <- c("NaN", "null")
text$arm[120] <- ""
write.csv(text, "weeks.csv", row.names = FALSE, quote = FALSE)

data <- read.csv("weeks.csv", check.names = FALSE, na.strings = c("", "NA", "NaN", "null", "."),
  colClasses = c(person = "character", participant = "character"), stringsAsFactors = TRUE)

# --- fits ------------------------------------------------------------------------------------------
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-10, maxfun = 1e6))
tight_glmer <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12,
  optCtrl = list(rhobeg = 0.02, rhoend = 1e-9, maxfun = 1e6))

# Rapport drops incomplete rows first; so scale() and poly() here see the analysed rows only.
complete <- function(formula) data[complete.cases(data[, intersect(all.vars(formula), names(data))]), ]

random_of <- function(fit) {
  found <- as.data.frame(VarCorr(fit))
  found <- found[found$grp != "Residual", ]
  data.frame(group = found$grp, term1 = found$var1, term2 = found$var2,
    value = found$vcov, sd_or_correlation = found$sdcor)
}

linear <- function(formula, method = "reml", df = "satterthwaite", ...) {
  fit <- lmer(as.formula(formula), complete(as.formula(formula)), REML = method == "reml", control = tight, ...)
  ddf <- c(satterthwaite = "Satterthwaite", kr = "Kenward-Roger", none = "lme4")[[df]]
  table <- coef(summary(fit, ddf = ddf))
  list(
    formula = formula, family = "gaussian", method = method, df = df, n_rows = nobs(fit),
    n_groups = as.list(ngrps(fit)), loglik = as.numeric(logLik(fit)), singular = isSingular(fit),
    residual_variance = sigma(fit)^2, term = rownames(table),
    estimate = unname(table[, "Estimate"]), se = unname(table[, "Std. Error"]),
    dfs = if (df == "none") NULL else unname(table[, "df"]),
    p = if (df == "none") NULL else unname(table[, "Pr(>|t|)"]), random = random_of(fit)
  )
}

generalised <- function(formula, family, nodes = 1) {
  fit <- glmer(as.formula(formula), data, family = family, nAGQ = nodes, control = tight_glmer)
  table <- coef(summary(fit))
  list(
    formula = formula, family = family, method = if (nodes == 1) "laplace" else paste0("agq:", nodes),
    df = "none", n_rows = nobs(fit), n_groups = as.list(ngrps(fit)), singular = isSingular(fit),
    # With nAGQ > 1 glmer leaves out a constant.
    loglik = if (nodes == 1) as.numeric(logLik(fit)) else NULL,
    term = rownames(table), estimate = unname(table[, "Estimate"]),
    se = unname(table[, "Std. Error"]), p = unname(table[, "Pr(>|z|)"]), random = random_of(fit)
  )
}

negative_binomial <- function(formula) {
  fit <- glmmTMB(as.formula(formula), data, family = nbinom2)
  table <- coef(summary(fit))$cond
  found <- VarCorr(fit)$cond$person
  list(
    formula = formula, family = "negbinomial", method = "laplace", df = "none", n_rows = nobs(fit),
    n_groups = list(person = nlevels(factor(fit$frame$person))), singular = FALSE,
    loglik = as.numeric(logLik(fit)), dispersion = sigma(fit), term = rownames(table),
    estimate = unname(table[, "Estimate"]), se = unname(table[, "Std. Error"]),
    p = unname(table[, "Pr(>|z|)"]),
    random = data.frame(group = "person", term1 = "(Intercept)", term2 = NA, value = found[1, 1],
      sd_or_correlation = sqrt(found[1, 1]))
  )
}

fits <- list(
  linear("mood ~ week * arm + dose + (1 + week | person)"),
  linear("mood ~ week * arm + (week | person) + (1 | site)"),
  linear("mood ~ factor(week) + trained + (1 | site/participant)"),
  linear("mood ~ week + (week || person)", method = "ml", df = "none"),
  linear("mood ~ poly(week, 2) + C(arm, contr.sum) + (1 | person)"),
  linear("mood ~ week + I(week^2) + log(dose) + (1 | person)", method = "ml"),
  linear("mood ~ 0 + arm + arm:week + (1 | person)", df = "kr"),
  linear("mood ~ week + relevel(arm, ref = 'usual') + (1 | person) + (1 | rater)"),
  linear("mood ~ bs(week, df = 4) + (0 + week | person)"),
  linear("mood ~ week:arm + (1 | site:participant)"),
  linear("log1p(`minutes (total)`) ~ I(week > 3) + (1 | person)"),
  linear("mood ~ scale(dose) * trained + (1 + trained | rater)"),
  linear("mood ~ week + offset(dose) + (1 | person)"),
  linear("mood ~ (arm + trained + week)^2 - arm:trained + (1 | person)"),
  generalised("cbind(done, due - done) ~ week + arm + (1 | person)", "binomial"),
  generalised("cbind(done, due - done) ~ week + arm + (1 | person)", "binomial", nodes = 9),
  generalised("cbind(done, due - done) ~ week + (1 + week | person)", "binomial"),
  generalised("cbind(done, due - done) ~ week + (1 + week || person)", "binomial"),
  generalised("I(active == 'yes') ~ week + arm + (1 | person)", "binomial"),
  generalised("logins ~ dose + week + offset(log(days)) + (1 | person)", "poisson"),
  negative_binomial("calls ~ dose + week + (1 | person)")
)
versions <- sapply(c("lme4", "lmerTest", "pbkrtest", "glmmTMB"), function(p) as.character(packageVersion(p)))
write_json(list(r = R.version.string, packages = as.list(versions), fits = fits), "table.json",
  digits = I(12), auto_unbox = TRUE, na = "null", null = "null", pretty = TRUE)
