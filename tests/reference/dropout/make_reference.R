# Writes the frozen curves that tests/models/dropout/ compares with, from the generated weekly data of
# tests/reference/hazards (its make_reference.R says how they were drawn).
#
# Run from this folder:  Rscript make_reference.R
# Debian packages: r-base-core r-cran-survival r-cran-jsonlite
suppressMessages({library(survival); library(jsonlite)})

weekly <- read.csv("../hazards/weekly.csv")
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
curve <- function(fit, newdata) {
  found <- survfit(fit, newdata = newdata, conf.type = "log-log", se.fit = TRUE)
  kept <- found$n.event > 0
  list(days = found$time[kept], survival = found$surv[kept], low = found$lower[kept], high = found$upper[kept])
}
one <- coxph(Surv(start, stop, event) ~ alliance, data = weekly, ties = "efron", control = tight)
two <- coxph(Surv(start, stop, event) ~ alliance + arm_b, data = weekly, ties = "efron", control = tight)
by_site <- coxph(Surv(start, stop, event) ~ alliance + strata(site), data = weekly, ties = "efron", control = tight)
site <- survfit(by_site, newdata = data.frame(alliance = 0.8, site = 2), conf.type = "log-log")
kept <- site$n.event > 0
write_json(list(
  made_with = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
  low = curve(one, data.frame(alliance = -1)),
  high = curve(one, data.frame(alliance = 1.2)),
  two = curve(two, data.frame(alliance = 0.5, arm_b = 1)),
  site2 = list(days = site$time[kept], survival = site$surv[kept])
), "reference.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
