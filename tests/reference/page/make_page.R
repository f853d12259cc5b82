# The numbers that R gives for one model of the sample study, by the very code that the page Models
# and the designers' report print beside it (alliance.humanness.R, word for word).
#
#   rapport load sample_data/harbour --workspace W
#   rapport fit sample_data/harbour --workspace W --model alliance.humanness \
#     --rows alliance.humanness.csv
#   Rscript tests/reference/page/make_page.R    # in the folder of that file
#
# Writes page.json beside this script. R 4.2.2, lme4 1.1-31, lmerTest 3.1-3.

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "alliance.humanness.R"))

table <- coef(summary(fit, ddf = "Satterthwaite"))
variances <- as.data.frame(VarCorr(fit))
said <- list(
  model = "alliance.humanness",
  software = list(
    R = as.character(getRversion()),
    lme4 = as.character(packageVersion("lme4")),
    lmerTest = as.character(packageVersion("lmerTest"))
  ),
  n_rows = nobs(fit),
  n_participants = unname(ngrps(fit)),
  log_likelihood = as.numeric(logLik(fit)),
  variances = variances$vcov,
  terms = lapply(rownames(table), function(name) list(
    term = name,
    estimate = table[name, "Estimate"],
    se = table[name, "Std. Error"],
    df = table[name, "df"],
    statistic = table[name, "t value"],
    p_value = table[name, "Pr(>|t|)"]
  ))
)
writeLines(
  jsonlite::toJSON(said, auto_unbox = TRUE, digits = NA, pretty = TRUE),
  file.path(here, "page.json")
)
