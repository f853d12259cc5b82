# Reference numbers for everything that follows a linear mixed fit: Kenward-Roger, CR2, marginal means,
# explained variance, GEE, influence of single participants. Made from generated data only.
#
#   Rscript make_inference.R      (in this folder; writes trial.csv and inference.json)
suppressPackageStartupMessages({
  library(lme4)
  library(lmerTest)
  library(pbkrtest)
  library(emmeans)
  library(clubSandwich)
  library(geepack)
  library(jsonlite)
})
options(digits = 15)
tight <- lmerControl(
  optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-10, maxfun = 1e5), calc.derivs = TRUE
)

# --- three arms, six sites, 54 participants, up to eight weekly surveys, some missing ------------------
set.seed(20250611)
n <- 54
person <- data.frame(
  participant = seq_len(n), site = rep(1:6, each = 9), arm = sample(rep(c("a", "b", "c"), n / 3)),
  usual = rgamma(n, 4, 1), level = rnorm(n, 0, 0.8), trend = rnorm(n, 0, 0.15), gain = rnorm(n, 0.06, 0.12)
)
site_level <- rnorm(6, 0, 0.6)
trial <- merge(expand.grid(week = 0:7, participant = seq_len(n)), person)
trial <- trial[order(trial$participant, trial$week), ]
trial$exposure <- rpois(nrow(trial), trial$usual)
trial$alliance <- round(with(
  trial,
  4 + 0.3 * (arm == "b") - 0.2 * (arm == "c") + level + site_level[site] +
    (0.05 + trend) * week + gain * (exposure - usual) + 0.1 * usual + rnorm(nrow(trial), 0, 0.6)
), 5)
trial <- trial[runif(nrow(trial)) > 0.2, c("participant", "site", "arm", "week", "exposure", "alliance")]
# A second outcome, of which participants differ less than chance alone would have it: singular.
noise <- rnorm(nrow(trial))
trial$mood <- round(noise - 0.6 * ave(noise, trial$participant), 5)
write.csv(trial, "trial.csv", row.names = FALSE, quote = FALSE)
own <- ave(trial$exposure, trial$participant)
trial$w <- trial$exposure - own
trial$b <- own - mean(trial$exposure)
trial$arm <- factor(trial$arm)

fixed <- "~ arm + week + w + b"
models <- list(
  singular = "(1 | participant)",
  intercept = "(1 | participant)",
  slope = "(1 + week | participant)",
  nested = "(1 + week | participant) + (1 | site)",
  two_slopes = "(1 + week + w | participant)",
  uncorrelated = "(1 + week || participant)"
)
joint <- rbind(c(0, 1, 0, 0, 0, 0), c(0, 0, 1, 0, 0, 0)) # arm
three <- rbind(joint, c(0, 0, 0, 1, 0, 0)) # arm and week

kenward_roger <- function(fit) {
  f <- function(L) {
    test <- KRmodcomp(fit, L)$test["Ftest", ]
    list(F = test$stat, df1 = test$ndf, df2 = test$ddf, p = test$p.value, scaling = test$F.scaling)
  }
  single <- diag(length(fixef(fit)))
  list(
    call = "vcovAdj(fit); Lb_ddf(L, vcov(fit), vcovAdj(fit)); KRmodcomp(fit, L)",
    cov = as.matrix(vcovAdj(fit)),
    df = apply(single, 1, function(l) Lb_ddf(l, vcov(fit), vcovAdj(fit))),
    arm = f(joint), arm_week = f(three)
  )
}
robust <- function(fit, cluster) {
  cov <- vcovCR(fit, cluster = cluster, type = "CR2")
  test <- coef_test(fit, cov, test = "Satterthwaite")
  arm <- Wald_test(fit, constraints = joint, vcov = cov, test = "HTZ")
  list(
    call = 'coef_test(fit, vcovCR(fit, cluster, type = "CR2"), test = "Satterthwaite")',
    cov = as.matrix(cov), se = test$SE, df = if (is.null(test$df)) test$df_Satt else test$df,
    cr0 = as.matrix(vcovCR(fit, cluster = cluster, type = "CR0"))
  )
}
nakagawa <- function(fit) {
  X <- model.matrix(fit)
  marginal <- var(drop(X %*% fixef(fit)))
  random <- suppressWarnings(performance::r2_nakagawa(fit, tolerance = 1e-12))
  icc <- suppressWarnings(performance::icc(fit, by_group = FALSE, tolerance = 1e-12))
  list(
    call = "performance::r2_nakagawa(fit), performance::icc(fit), insight::get_variance(fit)",
    marginal = unname(random$R2_marginal), conditional = unname(random$R2_conditional),
    icc = unname(icc$ICC_adjusted), variance_fixed = insight::get_variance_fixed(fit),
    variance_random = insight::get_variance_random(fit, tolerance = 1e-12)
  )
}
describe <- function(model) {
  random <- models[[model]]
  formula <- paste(if (model == "singular") "mood" else "alliance", fixed, "+", random)
  fit <- lmer(as.formula(formula), trial, REML = TRUE, control = tight)
  satterthwaite <- coef(summary(fit, ddf = "Satterthwaite"))
  blocks <- if (grepl("site", random)) trial$site else trial$participant
  v <- as.data.frame(VarCorr(fit))
  list(
    call = paste0("lmer(", formula, ", REML = TRUE)"), singular = isSingular(fit), converged = fit@optinfo$conv$opt == 0,
    term = names(fixef(fit)), estimate = unname(fixef(fit)), se = unname(sqrt(diag(as.matrix(vcov(fit))))),
    df = unname(satterthwaite[, "df"]), cov = as.matrix(vcov(fit)), loglik = c(logLik(fit)),
    random = v, covariances = lapply(VarCorr(fit), function(m) unclass(as.matrix(m)) + 0),
    residual = sigma(fit)^2, kr = kenward_roger(fit),
    cr2 = if (!grepl("||", random, fixed = TRUE)) robust(fit, blocks), explained = if (model != "singular") nakagawa(fit)
  )
}
fits <- sapply(names(models), describe, simplify = FALSE)

# --- ML fits for likelihood ratios --------------------------------------------------------------------
ml <- lapply(list(
  full = "alliance ~ arm + week + w + b + (1 + week | participant)",
  no_arm = "alliance ~ week + w + b + (1 + week | participant)",
  no_slope = "alliance ~ arm + week + w + b + (1 | participant)"
), function(f) {
  fit <- lmer(as.formula(f), trial, REML = FALSE, control = tight)
  list(call = f, loglik = c(logLik(fit)), n_parameters = attr(logLik(fit), "df"))
})

# --- marginal means -----------------------------------------------------------------------------------
fit <- lmer(alliance ~ arm + week + w + b + (1 + week | participant), trial, control = tight)
crossed <- lmer(alliance ~ arm * week + w + b + (1 + week | participant), trial, control = tight)
means <- function(fit, df, ...) {
  grid <- emmeans(fit, ~arm, lmer.df = df, ...)
  read <- function(x) {
    x <- as.data.frame(summary(x, infer = c(TRUE, TRUE), adjust = "none"))
    names(x)[2:3] <- c("estimate", "se")
    names(x)[1] <- "label"
    names(x)[names(x) == "SE"] <- "se"
    names(x)[names(x) %in% c("lower.CL")] <- "low"
    names(x)[names(x) %in% c("upper.CL")] <- "high"
    x
  }
  list(means = read(grid), pairs = read(pairs(grid, adjust = "none")))
}
marginal <- list(
  call = 'emmeans(fit, ~arm, lmer.df = ...), pairs(adjust = "none")',
  satterthwaite = means(fit, "satterthwaite"), kenward_roger = means(fit, "kenward-roger"),
  week5 = c(
    means(crossed, "satterthwaite", at = list(week = 5)),
    list(term = names(fixef(crossed)), estimate = unname(fixef(crossed)))
  ),
  over_site = local({
    trial$site_f <- factor(trial$site <= 2, labels = c("late", "early"))
    fit <- lmer(alliance ~ arm + site_f + week + (1 | participant), trial, control = tight)
    list(
      call = "emmeans(lmer(alliance ~ arm + site_f + week + (1 | participant)), ~arm, weights = ...)",
      equal = means(fit, "satterthwaite", weights = "equal"),
      proportional = means(fit, "satterthwaite", weights = "proportional")
    )
  })
)

# --- GEE ---------------------------------------------------------------------------------------------
gee <- geeglm(alliance ~ arm + week + w + b,
  id = participant, data = trial, corstr = "exchangeable",
  control = geese.control(epsilon = 1e-12, maxit = 200)
)
gee <- list(
  call = 'geeglm(alliance ~ arm + week + w + b, id = participant, corstr = "exchangeable")',
  term = names(coef(gee)), estimate = unname(coef(gee)), se = coef(summary(gee))[, "Std.err"],
  correlation = unname(gee$geese$alpha), scale = unname(gee$geese$gamma)
)

# --- influence: every participant left out, variances estimated anew ----------------------------------
left_out <- t(sapply(unique(trial$participant), function(i) {
  fixef(update(fit, data = trial[trial$participant != i, ]))
}))
influence <- list(
  call = "update(fit, data = trial[trial$participant != i, ])", estimate = unname(left_out)
)

packages <- c("lme4", "lmerTest", "pbkrtest", "emmeans", "clubSandwich", "geepack", "performance", "insight")
write_json(
  list(
    made_by = "make_inference.R", r = R.version.string,
    versions = sapply(packages, function(name) as.character(packageVersion(name)), simplify = FALSE),
    fits = fits, ml = ml, marginal = marginal, gee = gee, influence = influence
  ),
  "inference.json", digits = NA, auto_unbox = TRUE, na = "null", matrix = "rowmajor"
)
