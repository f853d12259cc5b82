# Writes the frozen numbers that tests/models/randomised/ compares with, and the small generated data
# they come from. Nobody real is in the data: all of it is drawn here, from a fixed seed.
#
# Run from this folder:  Rscript make_reference.R
# Debian packages: r-base-core r-cran-geepack r-cran-jsonlite
#
# The estimators are written out here from the papers' formulas with dense n-by-n matrices, and, for
# WCLS without correction, taken from geepack.
suppressMessages({library(geepack); library(jsonlite)})

set.seed(20250602)
n <- 37; points <- 42
mrt <- expand.grid(point = seq_len(points), participant = seq_len(n))
mrt$available <- rbinom(nrow(mrt), 1, 0.85)
mrt$at_home <- rbinom(nrow(mrt), 1, 0.5)
mrt$steps_before <- round(rnorm(nrow(mrt), 3, 1), 4)
mrt$probability <- ifelse(mrt$at_home == 1, 0.6, 0.4)
mrt$treatment <- rbinom(nrow(mrt), 1, mrt$probability) * mrt$available
level <- rnorm(n, 0, 0.6)[mrt$participant]
wobble <- rnorm(n, 0, 0.3)[mrt$participant]
mrt$steps <- round(
  2 + level + 0.4 * mrt$steps_before + 0.1 * mrt$at_home - 0.01 * mrt$point +
    mrt$treatment * (0.15 + 0.1 * mrt$at_home + wobble) + rnorm(nrow(mrt)), 6
)
risk <- pmin(0.9, exp(-1.6 + 0.3 * level + 0.1 * mrt$steps_before +
  mrt$treatment * (0.25 - 0.1 * mrt$at_home)))
mrt$opened <- rbinom(nrow(mrt), 1, risk)
gone <- sample(nrow(mrt), 25)
mrt$steps[gone] <- NA; mrt$opened[gone] <- NA
write.csv(mrt, "mrt.csv", row.names = FALSE, quote = FALSE, na = "")

used <- subset(mrt, available == 1 & !is.na(steps))

# Root of the estimating equations, and its covariance with hat-corrected residuals. `parts` gives, for
# each row, the residual r, its derivative in the parameters, and the instruments times weights.
solve_and_correct <- function(parts, start, id, q) {
  theta <- start
  for (iteration in 1:100) {
    now <- parts(theta)
    slope <- t(now$instrument) %*% now$derivative
    step <- -solve(slope, t(now$instrument) %*% now$residual)
    theta <- theta + as.numeric(step)
    if (max(abs(step)) < 1e-13) break
  }
  now <- parts(theta)
  inverse <- solve(-t(now$instrument) %*% now$derivative)
  meat <- list(corrected = 0, plain = 0)
  for (one in unique(id)) {
    rows <- id == one
    U <- t(now$instrument[rows, , drop = FALSE])
    hat <- -now$derivative[rows, , drop = FALSE] %*% inverse %*% U
    r <- now$residual[rows]
    meat$corrected <- meat$corrected +
      tcrossprod(U %*% solve(diag(sum(rows)) - hat, r))
    meat$plain <- meat$plain + tcrossprod(U %*% r)
  }
  k <- length(theta); people <- length(unique(id)); df2 <- people - k
  describe <- function(m) {
    V <- inverse %*% m %*% t(inverse); se <- sqrt(diag(V))[(q + 1):k]
    estimate <- theta[(q + 1):k]
    list(
      estimate = estimate, se = se, statistic = (estimate / se)^2, df2 = df2,
      p = pf((estimate / se)^2, 1, df2, lower.tail = FALSE),
      ci_low = estimate - qt(0.975, df2) * se, ci_high = estimate + qt(0.975, df2) * se,
      covariance = V[(q + 1):k, (q + 1):k, drop = FALSE]
    )
  }
  list(
    converged = iteration < 100, controls = theta[1:q], n_points = length(id),
    corrected = describe(meat$corrected), plain = describe(meat$plain)
  )
}

weight <- function(d, target) {
  ifelse(d$treatment == 1, target / d$probability, (1 - target) / (1 - d$probability))
}

wcls <- function(d, f, g, target) {
  X <- cbind(g, (d$treatment - target) * f); W <- weight(d, target)
  solve_and_correct(
    function(theta) list(
      residual = d$steps - as.numeric(X %*% theta), derivative = -X, instrument = X * W
    ), rep(0, ncol(X)), d$participant, ncol(g)
  )
}

emee <- function(d, f, g, target) {
  q <- ncol(g); X <- cbind(g, (d$treatment - target) * f); W <- weight(d, target)
  solve_and_correct(
    function(theta) {
      base <- exp(as.numeric(g %*% theta[1:q]))
      lift <- exp(-d$treatment * as.numeric(f %*% theta[-(1:q)]))
      list(
        residual = lift * d$opened - base,
        derivative = cbind(-base * g, -(lift * d$opened * d$treatment) * f), instrument = X * W
      )
    }, c(log(mean(d$opened)), rep(0, ncol(X) - 1)), d$participant, q
  )
}

one <- rep(1, nrow(used))
plain_f <- cbind(one); home_f <- cbind(one, used$at_home)
g1 <- cbind(one, used$steps_before); g2 <- cbind(g1, used$at_home)
reference <- list(
  versions = list(
    R = R.version.string, geepack = as.character(packageVersion("geepack"))
  ),
  wcls_marginal = wcls(used, plain_f, g1, 0.5),
  wcls_moderated = wcls(used, home_f, g2, 0.5),
  wcls_constant = wcls(used, plain_f, g1, mean(used$probability)),
  emee_marginal = emee(used, plain_f, g1, 0.5),
  emee_moderated = emee(used, home_f, g2, 0.5)
)
used$centred <- used$treatment - 0.5
used$W <- weight(used, 0.5)
fit <- geeglm(
  steps ~ steps_before + centred, data = used, id = used$participant, weights = used$W,
  corstr = "independence", scale.fix = TRUE
)
reference$geepack_wcls_marginal <- list(
  call = "geeglm(steps ~ steps_before + centred, id = participant, weights = W, corstr = 'independence')",
  estimate = unname(coef(fit)["centred"]), se = coef(summary(fit))["centred", "Std.err"]
)
write_json(reference, "reference.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
