//! A Basecamp to test, show and measure against.
