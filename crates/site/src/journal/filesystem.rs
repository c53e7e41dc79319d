//! What kind of file system a directory is on, as far as it decides how the journal and the lock behave there.
//!
//! On a file system that several machines may have mounted, SQLite's write-ahead log is unsafe (its index is shared
//! memory of one machine) and a lock's holder may be elsewhere.

use std::io;
use std::path::Path;

/// Magic numbers of `statfs(2)`, field `f_type`, of file systems that other machines may have mounted too.
/// FUSE is among them because nothing tells an SSH or object-store mount from a local one.
const SHARED: [(u32, &str); 16] = [
    (0x6969, "NFS"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x517B, "SMB"),
    (0x0BD0_0BD0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x6573_5546, "FUSE"),
    (0x00C3_6400, "Ceph"),
    (0x1983_0326, "BeeGFS"),
    (0x2003_0528, "OrangeFS"),
    (0x0116_1970, "GFS2"),
    (0x7461_636F, "OCFS2"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x0102_1997, "9P"),
];

/// The name of the shared file system that `path` is on, or `None` if it is a local one.
pub fn shared(path: &Path) -> io::Result<Option<&'static str>> {
    let kind = rustix::fs::statfs(path)?.f_type;
    Ok(name_of(kind as u32))
}

fn name_of(kind: u32) -> Option<&'static str> {
    SHARED.iter().find(|(magic, _)| *magic == kind).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_and_local_ones_are_not() {
        assert_eq!(name_of(0x6969), Some("NFS"));
        assert_eq!(name_of(0xFF53_4D42), Some("CIFS"));
        for local in [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994] {
            assert_eq!(name_of(local), None, "{local:x}");
        }
        assert!(shared(Path::new("/proc")).is_ok_and(|kind| kind.is_none()));
    }
}
