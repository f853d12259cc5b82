# Writes the frozen numbers that tests/models/hazards/ compares with, and the small generated data they
# come from. Nobody real is in the data: all of it is drawn here, from a fixed seed.
#
# Run from this folder:  Rscript make_reference.R
# Debian packages: r-base-core r-cran-survival r-cran-jsonlite
suppressMessages({library(survival); library(jsonlite)})

tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)

# --- one row per participant; days are whole, so ties abound ---------------------------------------
set.seed(20250603)
n <- 120
people <- data.frame(
  participant = seq_len(n), arm = rep(c("a", "b"), length.out = n),
  site = sample(1:3, n, TRUE), age = round(rnorm(n, 45, 12), 1)
)
frailty <- rnorm(n, 0, 0.3)
hazard <- 0.02 * exp(0.5 * (people$arm == "b") - 0.02 * (people$age - 45) + frailty)
ceased <- ceiling(rexp(n, hazard)); left <- ceiling(rexp(n, 0.008))
people$day <- pmin(ceased, left, 84)
people$cause <- ifelse(people$day == 84 & ceased > 84 & left > 84, "none",
  ifelse(ceased <= left, "ceased", "left"))
write.csv(people, "people.csv", row.names = FALSE, quote = FALSE)

# --- weekly rows with an alliance score that changes -----------------------------------------------
weekly <- do.call(rbind, lapply(seq_len(n), function(i) {
  level <- rnorm(1); start <- if (i %% 5 == 0) 7 * sample(1:3, 1) else 0
  rows <- NULL
  while (start < 84) {
    alliance <- round(level + rnorm(1, 0, 0.7), 3)
    rate <- 0.012 * exp(0.4 * (people$arm[i] == "b") - 0.6 * alliance)
    gone <- ceiling(rexp(1, rate)); stop <- min(start + 7, 84)
    event <- start + gone <= stop
    # A third of the events fall on the week's last day, where the next row of others begins.
    if (event) stop <- if (runif(1) < 0.33) stop else start + gone
    rows <- rbind(rows, data.frame(
      participant = i, start = start, stop = stop, event = as.integer(event),
      alliance = alliance, arm_b = as.integer(people$arm[i] == "b"), site = people$site[i]
    ))
    if (event) break
    start <- stop
  }
  rows
}))
write.csv(weekly, "weekly.csv", row.names = FALSE, quote = FALSE)

describe <- function(fit, call, rotate = TRUE) {
  zph <- cox.zph(fit, transform = log)
  out <- list(
    call = call, converged = fit$iter < 100, n = fit$n, n_events = fit$nevent,
    loglik = fit$loglik, term = names(coef(fit)), estimate = unname(coef(fit)),
    se = unname(sqrt(diag(if (is.null(fit$naive.var)) fit$var else fit$naive.var))),
    concordance = unname(fit$concordance["concordance"]),
    zph = list(term = rownames(zph$table), chisq = unname(zph$table[, 1]),
      df = unname(zph$table[, 2]), p = unname(zph$table[, 3]))
  )
  if (!is.null(fit$naive.var)) out$robust_se <- unname(sqrt(diag(fit$var)))
  out
}
reference <- list(versions = list(
  R = R.version.string, survival = as.character(packageVersion("survival"))
))
people$arm_b <- as.integer(people$arm == "b")
people$event <- people$cause == "ceased"
run <- function(name, text, data) {
  fit <- eval(parse(text = text))
  reference[[name]] <<- describe(fit, text)
}
run("simple", "coxph(Surv(day, event) ~ arm_b + age, data, control = tight)", people)
run("clustered", "coxph(Surv(day, event) ~ arm_b + age, data, cluster = participant, control = tight)", people)
run("strata", "coxph(Surv(day, event) ~ arm_b + age + strata(site), data, control = tight)", people)
run("other_cause", "coxph(Surv(day, cause == 'left') ~ arm_b + age, data, control = tight)", people)
run("weekly", "coxph(Surv(start, stop, event) ~ arm_b + alliance, data, control = tight)", weekly)
run("weekly_clustered", "coxph(Surv(start, stop, event) ~ arm_b + alliance, data, cluster = participant, control = tight)", weekly)
run("weekly_strata", "coxph(Surv(start, stop, event) ~ arm_b + alliance + strata(site), data, control = tight)", weekly)

log_rank <- function(formula, data) {
  test <- survdiff(formula, data)
  list(observed = as.numeric(if (is.matrix(test$obs)) rowSums(test$obs) else test$obs),
    expected = as.numeric(if (is.matrix(test$exp)) rowSums(test$exp) else test$exp),
    chisq = test$chisq)
}
reference$log_rank_arm <- log_rank(Surv(day, event) ~ arm, people)
reference$log_rank_site <- log_rank(Surv(day, event) ~ site, people)
reference$log_rank_strata <- log_rank(Surv(day, event) ~ arm + strata(site), people)

people$state <- factor(people$cause, c("none", "ceased", "left"))
incidence <- survfit(Surv(day, state) ~ 1, people)
at <- c(7, 28, 56, 83)
both <- summary(incidence, times = at)
reference$incidence <- list(day = at, ceased = both$pstate[, 2], left = both$pstate[, 3],
  se_ceased = both$std.err[, 2], se_left = both$std.err[, 3])
write_json(reference, "reference.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
