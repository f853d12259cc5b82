# Writes the frozen numbers that tests/models/measurement/ compares with, and the small generated data
# they come from. Nobody real is in the data: all of it is drawn here, from fixed seeds.
#
# Run from this folder:  Rscript make_measurement.R
# Debian packages: r-base-core r-cran-psych r-cran-lavaan r-cran-lme4 r-cran-jsonlite
suppressMessages({ library(psych); library(lavaan); library(lme4); library(jsonlite) })

# --- one occasion: 6 items of 150 participants, some answers missing ------------------------------
set.seed(20250601)
n <- 150; loadings <- c(0.9, 0.8, 0.7, 0.6, 0.75, 0.5)
trait <- rnorm(n)
one <- sapply(loadings, function(l) round(4 + l * trait + rnorm(n, 0, 0.8), 3))
colnames(one) <- paste0("i", 1:6)
one[cbind(sample(n, 12), sample(6, 12, TRUE))] <- NA
write.csv(one, "items.csv", row.names = FALSE, quote = FALSE)
complete <- na.omit(one)
a_complete <- psych::alpha(as.data.frame(complete), check.keys = FALSE, warnings = FALSE)
a_pairwise <- psych::alpha(cov(one, use = "pairwise"), check.keys = FALSE, warnings = FALSE)
feldt <- psych::alpha.ci(a_complete$total$raw_alpha, nrow(complete), n.var = 6)
items <- colnames(one)
labelled <- function(prefix, items) paste(paste0(prefix, seq_along(items), "*", items), collapse = " + ")
own <- function(prefix, items) paste(paste0(items, " ~~ ", prefix, seq_along(items), "*", items), collapse = "\n")
omega_of <- function(name, l, p, k) paste0(
  name, " := (", paste0(l, 1:k, collapse = " + "), ")^2 / ((", paste0(l, 1:k, collapse = " + "), ")^2 + ",
  paste0(p, 1:k, collapse = " + "), ")"
)
model <- paste(paste("f =~", labelled("l", items)), own("p", items), omega_of("omega", "l", "p", 6), sep = "\n")
fit <- cfa(model, as.data.frame(complete), std.lv = TRUE, information = "observed",
  control = list(rel.tol = 1e-10))
pe <- parameterEstimates(fit)
one_level <- list(
  n = nrow(complete),
  alpha_call = "psych::alpha(complete), psych::alpha(cov(all, use = 'pairwise')), psych::alpha.ci",
  alpha = a_complete$total$raw_alpha, alpha_pairwise = a_pairwise$total$raw_alpha,
  mean_r = a_complete$total$average_r,
  feldt = c(feldt$lower.ci, feldt$upper.ci),
  item_rest = a_complete$item.stats$r.drop, dropped = a_complete$alpha.drop$raw_alpha,
  omega_call = "cfa('f =~ i1 + ... + i6', std.lv = TRUE, information = 'observed')",
  converged = lavInspect(fit, "converged"), loglik = as.numeric(logLik(fit)),
  loadings = pe$est[pe$op == "=~"], own = pe$est[pe$op == "~~" & pe$lhs != "f"],
  omega = pe$est[pe$label == "omega"], omega_se = pe$se[pe$label == "omega"]
)

# --- two levels: 5 items, 90 participants with 2 to 7 filling-ins -----------------------------------
set.seed(20250602)
J <- 90; times <- sample(2:7, J, TRUE); id <- rep(seq_len(J), times)
between <- rnorm(J); within <- rnorm(length(id))
lb <- c(0.8, 0.7, 0.9, 0.6, 0.7); lw <- c(0.5, 0.4, 0.6, 0.3, 0.5)
two <- data.frame(participant = id, occasion = sequence(times))
for (j in 1:5) {
  two[[paste0("i", j)]] <- round(
    4 + lb[j] * between[id] + rnorm(J, 0, 0.3)[id] + lw[j] * within + rnorm(length(id), 0, 0.6), 3
  )
}
write.csv(two, "two_level.csv", row.names = FALSE, quote = FALSE)
items <- paste0("i", 1:5)
model <- paste(
  "level: 1", paste("fw =~", labelled("a", items)), own("u", items), "fw ~~ 1*fw",
  "level: 2", paste("fb =~", labelled("b", items)), own("v", items), "fb ~~ 1*fb",
  omega_of("omega_within", "a", "u", 5), omega_of("omega_between", "b", "v", 5), sep = "\n"
)
model <- gsub("a1*i1", "NA*i1 + a1*i1", model, fixed = TRUE)
model <- gsub("b1*i1", "NA*i1 + b1*i1", model, fixed = TRUE)
tight <- list(rel.tol = 1e-10, iter.max = 10000)
factor_fit <- sem(model, two, cluster = "participant", optim.method = "nlminb", control = tight)
pairs <- combn(5, 2)
saturated <- function(prefix) paste(c(
  own(paste0(prefix, "v"), items),
  apply(pairs, 2, function(p) paste0("i", p[1], " ~~ ", prefix, "c", p[1], p[2], "*i", p[2]))
), collapse = "\n")
alpha_of <- function(name, prefix) {
  v <- paste0(prefix, "v", 1:5, collapse = " + ")
  c <- paste0(prefix, "c", pairs[1, ], pairs[2, ], collapse = " + ")
  paste0(name, " := 1.25 * (1 - (", v, ") / (", v, " + 2 * (", c, ")))")
}
model <- paste("level: 1", saturated("w"), "level: 2", saturated("b"),
  alpha_of("alpha_within", "w"), alpha_of("alpha_between", "b"), sep = "\n")
free_fit <- sem(model, two, cluster = "participant", control = tight)
take <- function(fit, names) {
  pe <- parameterEstimates(fit)
  rows <- pe[match(names, pe$label), ]
  list(converged = lavInspect(fit, "converged"), loglik = as.numeric(logLik(fit)),
    label = names, estimate = rows$est, se = rows$se)
}
pe <- parameterEstimates(factor_fit)
two_level <- list(
  call = "sem('level: 1 fw =~ ... level: 2 fb =~ ...', cluster = 'participant')",
  factor = take(factor_fit, c("omega_within", "omega_between")),
  free = take(free_fit, c("alpha_within", "alpha_between")),
  loadings_within = pe$est[pe$op == "=~" & pe$level == 1], loadings_between = pe$est[pe$op == "=~" & pe$level == 2]
)

# --- participants x occasions x items, everybody there ---------------------------------------------
set.seed(20250603)
J <- 20; T <- 6; K <- 4
full <- expand.grid(item = 1:K, occasion = 1:T, participant = 1:J)
pt <- interaction(full$participant, full$occasion, drop = TRUE)
pit <- interaction(full$participant, full$item, drop = TRUE)
ot <- interaction(full$occasion, full$item, drop = TRUE)
full$value <- round(
  3 + rnorm(J, 0, 0.9)[full$participant] + rnorm(T, 0, 0.9)[full$occasion] + rnorm(K, 0, 0.5)[full$item] +
    rnorm(J * T, 0, 0.6)[as.integer(pt)] + rnorm(J * K, 0, 0.4)[as.integer(pit)] +
    rnorm(T * K, 0, 0.3)[as.integer(ot)] + rnorm(nrow(full), 0, 0.7), 3
)
write.csv(full[, c("participant", "occasion", "item", "value")], "occasions.csv", row.names = FALSE, quote = FALSE)
# Complete data: REML and the analysis of variance agree as long as all components are positive.
mixed <- lmer(
  value ~ 1 + (1 | participant) + (1 | occasion) + (1 | item) + (1 | participant:occasion) +
    (1 | participant:item) + (1 | occasion:item), full,
  control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
)
v <- as.data.frame(VarCorr(mixed)); v <- setNames(as.list(v$vcov), v$grp)
psy <- psych::mlr(full, grp = "participant", Time = "occasion", items = "item", values = "value",
  alpha = FALSE, icc = FALSE, aov = TRUE, lmer = TRUE, lme = FALSE, long = TRUE)
occasions <- list(
  call = "lmer(value ~ 1 + (1 | participant) + ... all two-way); psych::mlr(lmer = TRUE)",
  singular = isSingular(mixed), components = v,
  RkF = psy$RkF, R1R = psy$R1R, RkR = psy$RkR, Rc = psy$Rc
)

versions <- sapply(c("psych", "lavaan", "lme4"), function(p) as.character(packageVersion(p)))
write_json(
  list(made_by = "make_measurement.R", r = R.version.string, versions = as.list(versions),
    one_level = one_level, two_level = two_level, occasions = occasions),
  "measurement.json", digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE
)
