//! The list of operators that rten is given does not run ahead of what was compared.

use std::cell::RefCell;
use std::collections::BTreeSet;

use limn_inference::BackendKind;
use limn_inference::embedded::COMPARED;
use limn_inference::onnx::Checked;

use crate::{conformance, operators};

thread_local! {
    /// Operators of the models whose results rten got right, on this thread.
    static RIGHT: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Writes down that rten got this model right.
pub fn is_right(model: &[u8], shapes: &[(&str, &[usize])]) {
    let checked = Checked::read(model, shapes, true).expect("it ran");
    // What no output needs is not in it.
    let nodes = checked.model.graph.into_iter().flat_map(|graph| graph.node);
    RIGHT.with_borrow_mut(|right| right.extend(nodes.filter_map(|node| node.op_type)));
}

#[test]
fn rten_is_given_no_operator_that_was_not_compared() {
    for test in operators::ALL {
        test();
    }
    conformance::passes_or_refuses(BackendKind::Rten, 230);
    let right = RIGHT.take();
    let missing: Vec<&str> = COMPARED.into_iter().filter(|&op| !right.contains(op)).collect();
    assert!(missing.is_empty(), "on the list, but compared nowhere: {missing:?}");
}
