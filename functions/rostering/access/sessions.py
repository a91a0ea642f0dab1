"""How long a session lasts from signing in. After that a person signs in again."""

SESSION_SECONDS = 12 * 3_600
