//! Bringing together what several machines did with copies of one project.

use limn_datasets::{Object, Project, Transaction};

/// Takes what a run did in `from`, a copy of the project, over into `project`: masks that it replaced, proposals, and that
/// an object was looked at. Objects that `project` ran itself stay as they are. Returns how many objects were taken over.
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
        let taken = Object {
            mask: theirs.mask.clone(),
            model: theirs.model.clone(),
            rerun: theirs.rerun.clone(),
            ..ours.clone()
        };
        let before = Some(ours.clone());
        transaction.edits.push(limn_datasets::Edit::Object { before, after: Some(taken) });
    }
    let count = transaction.edits.len();
    project.commit(transaction).map_err(|error| error.to_string())?;
    Ok(count)
}
