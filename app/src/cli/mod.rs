//! The command line: `limn [PATH]` opens the window, sub-commands do the same work without one.
