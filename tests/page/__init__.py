"""The page in a real browser, by WebDriver."""
