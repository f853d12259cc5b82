# New cases of contagious bovine pleuropneumonia in 15 herds over four quarters: herds.csv. The counts are
# those of Lesnoff et al. (2004), doi:10.1016/j.prevetmed.2004.03.005, known to every user of lme4 as `cbpp`.
# Run from this folder: Rscript make_herds.R > herds.json
library(lme4)
herds <- read.csv("herds.csv")
herds$period <- factor(herds$period)
tight <- glmerControl(
  optimizer = "bobyqa", tolPwrss = 1e-12, optCtrl = list(rhoend = 1e-10, maxfun = 1e5),
  check.conv.grad = .makeCC("stop", tol = 1e-3)
)
one <- function(nodes) {
  fit <- glmer(
    cbind(new_cases, at_risk - new_cases) ~ period + (1 | herd), herds, binomial,
    nAGQ = nodes, control = tight
  )
  list(
    estimate = unname(fixef(fit)), se = unname(sqrt(diag(as.matrix(vcov(fit))))),
    variance = unname(VarCorr(fit)$herd[1]), loglik = as.numeric(logLik(fit)), n = nobs(fit)
  )
}
number <- function(x) paste0("[", paste(sprintf("%.12g", x), collapse = ", "), "]")
show <- function(fit) {
  sprintf(
    '{"n": %d, "loglik": %.12g, "variance": %.12g, "estimate": %s, "se": %s}',
    fit$n, fit$loglik, fit$variance, number(fit$estimate), number(fit$se)
  )
}
cat(sprintf(
  '{\n "versions": {"R": "%s", "lme4": "%s"},\n "laplace": %s,\n "agq:9": %s\n}\n',
  getRversion(), packageVersion("lme4"), show(one(1)), show(one(9))
))
