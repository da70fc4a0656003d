//! A resolver that answers nothing and writes down who is asked for, laid over the system's by `LD_PRELOAD`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Folder;

/// Look-ups of names and internet sockets; the real ones are not reached.
const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <sys/socket.h>
static void note(const char *kind, const char *name) {
    const char *log = getenv("STUB_LOG");
    FILE *f = log ? fopen(log, "a") : 0;
    if (f) { fprintf(f, "%s %s\n", kind, name ? name : "-"); fclose(f); }
}
int getaddrinfo(const char *n, const char *s, const struct addrinfo *h, struct addrinfo **r) { note("name", n); return EAI_NONAME; }
struct hostent *gethostbyname(const char *n) { note("name", n); return 0; }
int socket(int domain, int type, int protocol) {
    if (domain == AF_INET || domain == AF_INET6) { note("socket", "internet"); errno = EACCES; return -1; }
    int (*real)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
    return real(domain, type, protocol);
}
"#;

/// The stub, built for one case.
pub struct Resolver {
    library: PathBuf,
    log: PathBuf,
}

impl Resolver {
    /// Builds it with the C compiler that the program itself needs.
    ///
    /// # Panics
    /// If there is none.
    pub fn new(case: &Folder) -> Self {
        let source = crate::make::file(case.join("stub/stub.c"), SOURCE);
        let library = case.join("stub/stub.so");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl");
        let output = cc.output().unwrap_or_else(|error| panic!("cc: {error}: a C compiler is needed"));
        assert!(output.status.success(), "cc: {}", String::from_utf8_lossy(&output.stderr));
        let log = crate::make::file(case.join("stub/log"), "");
        Self { library, log }
    }

    /// What `LD_PRELOAD` is to be.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// What `STUB_LOG` is to be.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Who was asked for, once each.
    pub fn asked(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let mut names: Vec<String> = text.lines().map(str::to_owned).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// Files of ONNX Runtime in the homes of a case.
pub fn left_at_home(case: &Folder) -> Vec<String> {
    let homes = ["home", "data", "config", "cache", "state", "tmp"];
    let files = homes.iter().flat_map(|home| case.files_below(home));
    files.filter(|file| ["onnx", "microsoft"].iter().any(|part| file.to_lowercase().contains(part))).collect()
}
