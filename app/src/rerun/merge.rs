//! Bringing together what several machines did with copies of one project.

use limn_datasets::{Mask, Object, Project, Rerun, Transaction};

/// Tells one mask from another: the size and every run, as a number (FNV-1a).
pub(super) fn print_of(mask: &Mask) -> String {
    let mut print = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |word: u32| print = (print ^ u64::from(word)).wrapping_mul(0x0000_0100_0000_01b3);
    [mask.width(), mask.height()].into_iter().for_each(&mut mix);
    for span in mask.spans() {
        [span.y, span.x0, span.x1].into_iter().for_each(&mut mix);
    }
    format!("{print:016x}")
}

/// What becomes of an object that was run in the copy. The mask of before the run decides, as in any merge of three: a mask
/// that only the run changed is taken, one that was changed here stays, and what both changed is left to a person.
fn merged(ours: &Object, theirs: &Object, rerun: &Rerun) -> Object {
    let mut rerun = rerun.clone();
    let base = rerun.base.clone();
    let ran = theirs.mask != ours.mask && base.as_ref() != Some(&print_of(&theirs.mask));
    let same_size = (theirs.mask.width(), theirs.mask.height()) == (ours.mask.width(), ours.mask.height());
    let untouched = base.as_ref() == Some(&print_of(&ours.mask));
    if ran && untouched {
        return Object { mask: theirs.mask.clone(), model: theirs.model.clone(), rerun: Some(rerun), ..ours.clone() };
    }
    if ran && same_size {
        rerun.proposal = rerun.proposal.or_else(|| Some(theirs.mask.clone()));
        rerun.iou = theirs.mask.iou(&ours.mask) as f32;
    }
    rerun.proposal = rerun.proposal.filter(|mask| *mask != ours.mask);
    Object { rerun: Some(rerun), ..ours.clone() }
}

/// Takes what a run did in `from`, a copy of the project, over into `project`: masks that it replaced, proposals, and that
/// an object was looked at. Objects that `project` ran itself stay as they are, and so do masks that were corrected in
/// `project` since it was copied: the other one becomes a proposal. Returns how many objects were taken over.
///
/// # Errors
/// When the two are not copies of one project, or it cannot be written.
pub fn merge(project: &mut Project, from: &Project) -> Result<usize, String> {
    let mut transaction = Transaction::new("Merge a run");
    for theirs in from.document().objects() {
        let Some(rerun) = &theirs.rerun else { continue };
        let document = project.document();
        let Some(ours) = document.object(theirs.id) else { continue };
        let path = |project: &Project, object: &Object| project.document().image(object.image).map(|i| i.path.clone());
        if path(project, ours) != path(from, theirs) {
            return Err(format!(
                "object {} belongs to another picture in the other project; only copies of one project can be merged",
                theirs.id.0
            ));
        }
        if ours.rerun.as_ref().is_some_and(|own| own.run == rerun.run) {
            continue;
        }
        let taken = merged(ours, theirs, rerun);
        let before = Some(ours.clone());
        transaction.edits.push(limn_datasets::Edit::Object { before, after: Some(taken) });
    }
    let count = transaction.edits.len();
    project.commit(transaction).map_err(|error| error.to_string())?;
    Ok(count)
}
