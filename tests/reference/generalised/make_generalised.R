# Writes the frozen numbers that tests/models/generalised/ compares with, and the small generated data
# they come from. Nobody real is in the data: all of it is drawn here, from fixed seeds.
#
# Run from this folder:  Rscript make_generalised.R
# Debian packages: r-base-core r-cran-lme4 r-cran-glmmtmb r-cran-jsonlite
suppressMessages({
  library(lme4)
  library(glmmTMB)
  library(jsonlite)
})

tight <- glmerControl(
  optimizer = "bobyqa", tolPwrss = 1e-13,
  optCtrl = list(rhoend = 1e-10, maxfun = 1e5)
)
# glmmTMB's default stops at a relative change of 1e-8 of the likelihood.
tight_tmb <- glmmTMBControl(
  optCtrl = list(rel.tol = 1e-14, x.tol = 1e-12, iter.max = 1e4, eval.max = 1e4)
)

set.seed(31)
n <- 60
panel <- expand.grid(week = 0:7, participant = seq_len(n))
panel <- panel[runif(nrow(panel)) > 0.12, ]
level <- rnorm(n, 0, 0.8)[panel$participant]
trend <- rnorm(n, 0, 0.25)[panel$participant]
panel$arm <- (seq_len(n) %% 2)[panel$participant]
panel$praise <- rpois(nrow(panel), 2)
predictor <- -0.3 - 0.1 * panel$week + 0.25 * panel$praise + 0.4 * panel$arm + level
panel$due <- sample(2:5, nrow(panel), replace = TRUE)
panel$done <- rbinom(nrow(panel), panel$due, plogis(predictor))
panel$any <- rbinom(nrow(panel), 1, plogis(predictor + trend * (panel$week - 3.5)))
panel$minutes <- round(runif(nrow(panel), 5, 30))
panel$messages <- rpois(nrow(panel),
  panel$minutes / 10 * exp(predictor - 0.2 + trend * (panel$week - 3.5) / 2))
panel$taps <- rnbinom(nrow(panel), size = 1.6, mu = exp(0.6 + 0.5 * predictor))
starts <- rbinom(nrow(panel), 1, plogis(0.8 + predictor))
positive <- rnbinom(20 * nrow(panel), size = 2, mu = exp(0.9 + 0.4 * predictor))
positive <- matrix(positive, nrow(panel))
panel$visits <- starts * apply(positive, 1, function(draws) draws[draws > 0][1])
panel$idle <- rbinom(nrow(panel), 1, plogis(0.2 + 0.3 * panel$praise - 0.2 * panel$week))
# One outcome in which persons differ less than by chance: alternating, hence a variance of 0.
panel$even <- (seq_len(nrow(panel)) + (runif(nrow(panel)) < 0.15)) %% 2
write.csv(panel, "panel.csv", row.names = FALSE, quote = FALSE)

fixed <- "week + praise + arm"
random <- list(intercept = "(1 | participant)", slope = "(week | participant)",
  diagonal = "(week || participant)")

lower <- function(fit) {
  # Covariances of the one grouping factor, lower triangle by rows; 0 where the model has none.
  parts <- VarCorr(fit)
  if (inherits(fit, "glmmTMB")) parts <- parts$cond
  sizes <- sapply(parts, nrow)
  V <- matrix(0, sum(sizes), sum(sizes))
  at <- 0
  for (part in parts) {
    here <- at + seq_len(nrow(part))
    V[here, here] <- as.matrix(part)
    at <- at + nrow(part)
  }
  V[upper.tri(V, diag = TRUE)]
}

from_glmer <- function(formula, family, nodes = 1, data = panel, ...) {
  call <- list(as.formula(formula), data = data, nAGQ = nodes, control = tight, ...)
  fit <- do.call(glmer, c(call, list(family = family)))
  complaints <- unlist(fit@optinfo$conv$lme4$messages)
  list(
    call = sprintf("glmer(%s, nAGQ = %d)", formula, nodes), family = family$family,
    converged = fit@optinfo$conv$opt == 0 && !any(grepl("failed|unable", complaints)),
    singular = isSingular(fit), loglik = as.numeric(logLik(fit)), estimate = unname(fixef(fit)),
    se = unname(sqrt(diag(as.matrix(vcov(fit))))), covariance = lower(fit), n = nobs(fit)
  )
}

from_tmb <- function(formula, family, data = panel) {
  fit <- suppressWarnings(
    glmmTMB(as.formula(formula), data = data, family = family, control = tight_tmb)
  )
  # nlminb stops a little short; three Newton steps from there, and once more from the place found.
  p <- fit$fit$par
  for (k in 1:3) p <- p - solve(optimHess(p, fit$obj$fn, fit$obj$gr), as.vector(fit$obj$gr(p)))
  start <- lapply(split(unname(p), factor(names(p), unique(names(p)))), unname)
  fit <- suppressWarnings(glmmTMB(as.formula(formula), data = data, family = family,
    start = start, control = tight_tmb))
  list(
    call = sprintf("glmmTMB(%s)", formula), family = fit$modelInfo$family$family,
    # So near the top nlminb reports "singular convergence": the gradient says more.
    converged = fit$sdr$pdHess && max(abs(fit$sdr$gradient.fixed)) < 1e-4, loglik = as.numeric(logLik(fit)),
    estimate = unname(fixef(fit)$cond), se = unname(sqrt(diag(vcov(fit)$cond))),
    covariance = lower(fit), size = sigma(fit), n = nobs(fit)
  )
}

due <- "cbind(done, due - done) ~"
fits <- list()
for (nodes in c(1, 7, 15)) {
  fits[[sprintf("due_intercept_%d", nodes)]] <-
    from_glmer(paste(due, fixed, "+", random$intercept), binomial(), nodes)
}
for (shape in names(random)) {
  formula <- paste("any ~", fixed, "+", random[[shape]])
  if (shape == "diagonal") formula <- gsub("(week || participant)",
    "(1 | participant) + (0 + week | participant)", formula, fixed = TRUE)
  fits[[paste0("any_", shape)]] <- from_glmer(formula, binomial())
  fits[[paste0("any_", shape, "_tmb")]] <- from_tmb(formula, binomial())
}
offset <- "offset(log(minutes / 10))"
messages <- paste("messages ~", fixed, "+", offset, "+", random$intercept)
fits$messages <- from_glmer(messages, poisson())
fits$messages_tmb <- from_tmb(messages, poisson())
fits$messages_7 <- from_glmer(messages, poisson(), 7)
fits$messages_slope <- from_tmb(paste("messages ~", fixed, "+", offset, "+", random$slope), poisson())
fits$taps <- from_tmb(paste("taps ~", fixed, "+", random$intercept), nbinom2())
by_lme4 <- glmer.nb(as.formula(paste("taps ~", fixed, "+", random$intercept)), panel, control = tight)
fits$taps_lme4 <- list(loglik = as.numeric(logLik(by_lme4)), estimate = unname(fixef(by_lme4)),
  size = getME(by_lme4, "glmer.nb.theta"), covariance = lower(by_lme4))
fits$even <- from_glmer(paste("even ~", fixed, "+", random$intercept), binomial())
visits <- transform(panel, some = as.integer(visits > 0))
visiting <- visits[visits$visits > 0, ]
fits$visits_any <- from_tmb(paste("some ~", fixed, "+", random$intercept), binomial(), visits)
for (kind in c("truncated_poisson", "truncated_nbinom2")) {
  fits[[paste0("visits_", kind)]] <- from_tmb(
    paste("visits ~", fixed, "+", random$intercept), get(kind)(), visiting
  )
}

packages <- c("lme4", "glmmTMB", "TMB")
write_json(
  list(
    made_by = "make_generalised.R", r = R.version.string,
    versions = lapply(setNames(packages, packages), function(p) as.character(packageVersion(p))),
    fits = fits
  ),
  "generalised.json", auto_unbox = TRUE, digits = 15, pretty = TRUE
)
