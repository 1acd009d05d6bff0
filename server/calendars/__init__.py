"""PURE: calendars as tables of periods: Gregorian, ISO weeks, fiscal, 4-4-5, and tables."""
