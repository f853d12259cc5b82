# Numbers for models/monitoring, made with R: limits and scores of funnels from pbinom and pbeta,
# the shrinkage of a beta-binomial by direct maximisation, accrual by MASS::glm.nb and qnbinom.
# Run here: Rscript make_reference.R. Rounded to 12 digits.
suppressPackageStartupMessages(library(MASS))
library(jsonlite)
options(digits = 15)
out <- list()

# Mid-p scores: whole numbers by pbinom, others by the incomplete beta function.
mid_p <- function(y, m, p) {
  upper <- 0.5 * (ifelse(m - y > 0, pbeta(p, y + 1, m - y), 0) + ifelse(y > 0, pbeta(p, y, m - y + 1), 1))
  lower <- 0.5 * (ifelse(m - y > 0, pbeta(p, y + 1, m - y, lower.tail = FALSE), 1) +
                  ifelse(y > 0, pbeta(p, y, m - y + 1, lower.tail = FALSE), 0))
  ifelse(upper < lower, -qnorm(upper), qnorm(lower))
}
whole <- data.frame(y = c(0, 3, 10, 7, 40), m = c(10, 10, 10, 25, 90), p = c(.3, .3, .3, .2, .35))
whole$z <- with(whole, qnorm(pbinom(y - 1, m, p) + dbinom(y, m, p) / 2))
part <- data.frame(y = c(0.4, 3.7, 12.2), m = c(10.5, 21.3, 44.8), p = c(.3, .25, .2))
part$z <- with(part, mid_p(y, m, p))
out$whole <- whole
out$part <- part

# Limits: the count at which the score is +-1.96, by root finding.
limit <- function(m, p, z) uniroot(function(y) mid_p(y, m, p) - z, c(1e-9, m - 1e-9), tol = 1e-12)$root / m
bound <- qnorm(.975)
out$limits <- data.frame(m = c(40, 130.5), p = c(.3, .2))
out$limits$low <- mapply(function(m, p) limit(m, p, -bound), out$limits$m, out$limits$p)
out$limits$high <- mapply(function(m, p) limit(m, p, bound), out$limits$m, out$limits$p)

# Beta-binomial with a given mean: its size by maximum likelihood, and the shrunken shares.
n <- c(120, 80, 200, 45, 150, 60, 90, 33)
y <- c(20, 25, 31, 16, 52, 9, 14, 12)
mu <- sum(y) / sum(n)
loglik <- function(logsize) {
  m <- exp(logsize)
  sum(lbeta(y + m * mu, n - y + m * (1 - mu)) - lbeta(m * mu, m * (1 - mu)))
}
best <- optimise(loglik, c(log(0.5), log(1e6)), maximum = TRUE, tol = 1e-12)
size <- exp(best$maximum)
out$beta_binomial <- list(n = n, y = y, mean = mu, size = size, shrunken = (size * mu + y) / (size + n))

# Design effect of a ratio over clusters, within groups.
people <- data.frame(group = rep(c("a", "b"), c(4, 5)), n = c(6, 5, 4, 6, 3, 6, 6, 5, 2), y = c(6, 1, 0, 2, 3, 5, 0, 1, 1))
usual <- sum(people$y) / sum(people$n)
people$r <- people$y - usual * people$n
own <- tapply(people$r, people$group, sum) / tapply(people$n, people$group, sum)
rest <- people$r - own[people$group] * people$n
k <- nrow(people)
out$design <- list(group = people$group, n = people$n, y = people$y,
                   effect = sum(rest^2) * k / (k - 2) / (sum(people$n) * usual * (1 - usual)))

# Accrual: negative binomial with exposure (glm.nb gives mean and theta), and forecasts.
enrolled <- c(31, 12, 44, 7, 25, 18, 3, 29)
days <- c(180, 150, 180, 90, 120, 160, 60, 180)
fit <- glm.nb(enrolled ~ 1 + offset(log(days)), control = glm.control(epsilon = 1e-14, maxit = 400))
out$accrual <- list(enrolled = enrolled, days = days, mean = unname(exp(coef(fit))), shape = fit$theta)
shape <- 31
rate <- 100
at <- c(10, 30, 100)
out$forecast <- list(shape = shape, rate = rate, days = at,
  low = qnbinom(.1, shape, rate / (rate + at)), middle = qnbinom(.5, shape, rate / (rate + at)),
  high = qnbinom(.9, shape, rate / (rate + at)),
  chance_of_15 = pnbinom(14, shape, rate / (rate + at), lower.tail = FALSE),
  silence = dnbinom(0, shape, rate / (rate + at)))
write(toJSON(out, auto_unbox = TRUE, digits = 12, pretty = TRUE), "reference.json")
