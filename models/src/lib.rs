//! Model cards and registry, click sessions (crop policy, disks, paste back), evaluation protocol.
//!
//! Must not know: documents, windows.
