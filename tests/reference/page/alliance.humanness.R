library(lmerTest)
data <- read.csv("alliance.humanness.csv", sep = ",", check.names = FALSE,
                 na.strings = c("", "NA", "N/A", "NaN", "nan", "null", "NULL", "."), strip.white = TRUE,
                 colClasses = c(participant = "character"), stringsAsFactors = TRUE)
data <- data[complete.cases(data[, c("score", "week", "arm_stop12", "arm_control", "within_praise", "within_reminder", "within_mood_graph", "within_coach", "within_plan", "within_suggestion", "within_rehearsal", "within_badge", "within_leaderboard", "within_peer_story", "within_team_page", "between_praise", "between_reminder", "between_mood_graph", "between_coach", "between_plan", "between_suggestion", "between_rehearsal", "between_badge", "between_leaderboard", "between_peer_story", "between_team_page", "participant")]), ]
fit <- lmer(score ~ 1 + week + arm_stop12 + arm_control + within_praise + within_reminder + within_mood_graph + within_coach + within_plan + within_suggestion + within_rehearsal + within_badge + within_leaderboard + within_peer_story + within_team_page + between_praise + between_reminder + between_mood_graph + between_coach + between_plan + between_suggestion + between_rehearsal + between_badge + between_leaderboard + between_peer_story + between_team_page + (1 + week | participant), data, REML = TRUE)
print(summary(fit, ddf = "Satterthwaite"))
