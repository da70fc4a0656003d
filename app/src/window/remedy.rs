//! What can be done about a problem of the data set.

use limn_datasets::check::Detail;
use limn_datasets::{Finding, FindingKind};

use super::lang::{self, Text};

/// What the press is called; `None` where only a person can tell what is right.
pub fn remedy(finding: &Finding) -> Option<Text> {
    match (finding.kind, &finding.what) {
        (FindingKind::Duplicate, _) => Some(lang::MEND_KEEP_ONE),
        (FindingKind::Overlap, _) => Some(lang::MEND_UPPER),
        (FindingKind::Sliver, Detail::Crumbs { .. }) => Some(lang::CLEAN_SHORT),
        (FindingKind::Sliver | FindingKind::Empty, _) => Some(lang::MEND_DELETE),
        (FindingKind::OutOfBounds, Detail::ClickOutside(_)) => Some(lang::MEND_CLICKS),
        _ => None,
    }
}
