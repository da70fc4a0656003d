//! Classes that learn apart.

use super::*;

#[test]
fn classes_learn_apart_and_begin_with_what_all_learned() {
    let mut learning = learning(GLOBAL);
    let fresh = Scene::new(99, false);
    for seed in 0..8 {
        Scene::new(seed, false).annotate(&mut learning, &|| false);
    }
    let shared = fresh.shown(&mut learning, 1).0;
    assert_ne!(shared, fresh.logits);
    learning.set_per_class(true);
    learning.set_class(Some(7));
    assert_eq!(fresh.shown(&mut learning, 1).0, shared, "a new class begins with it");
    for seed in 8..12 {
        Scene::new(seed, false).annotate(&mut learning, &|| false);
    }
    let report = learning.report();
    assert_eq!((report.class, report.objects, report.generation), (Some(7), 4, 12));
    assert_ne!(fresh.shown(&mut learning, 1).0, shared);
    let apart = fresh.shown(&mut learning, 1).0;

    learning.set_class(Some(8));
    assert_eq!(fresh.shown(&mut learning, 1).0, shared, "another class is not touched");
    learning.set_class(None);
    assert_eq!((fresh.shown(&mut learning, 1).0, learning.report().objects), (shared.clone(), 8));

    // A file brings all of it back, also into a window where classes do not learn apart.
    let mut other = super::learning(GLOBAL);
    other.import(&learning.export()).unwrap();
    assert_eq!(other.export(), learning.export());
    other.set_class(Some(7));
    assert_eq!(fresh.shown(&mut other, 1).0, shared);
    other.set_per_class(true);
    assert_eq!(fresh.shown(&mut other, 1).0, apart);
    other.reset();
    assert_eq!(fresh.shown(&mut other, 1).0, fresh.logits);
}

#[test]
fn all_classes_share_the_bound_on_samples() {
    let mut learning = learning(GLOBAL);
    learning.set_per_class(true);
    for seed in 0..90 {
        learning.set_class(Some([1, 2, 2][seed % 3]));
        Scene::new(seed, false).annotate(&mut learning, &|| false);
    }
    let mut samples = Vec::new();
    for class in [None, Some(1), Some(2)] {
        learning.set_class(class);
        samples.push(learning.learners.at_hand().state().replay.len());
    }
    assert_eq!(samples, [0, 60, 60], "two of every object; who has most gave its oldest");
    learning.set_class(Some(1));
    assert_eq!(learning.report().objects, 30);
}

#[test]
fn answers_of_another_head_do_not_judge_a_class() {
    let mut learning = learning(BOTH);
    for seed in 0..4 {
        Scene::new(seed, false).annotate(&mut learning, &|| false);
    }
    learning.set_per_class(true);
    learning.set_class(Some(1));
    let (scene, size) = (Scene::new(5, false), SIZE as u32);
    let mut session = ClickSession::new(size, size);
    session.add_click(scene.clicks()[0]);
    let seen = Some(scene.shown(&mut learning, 1).1);
    let outcome = session.previous().clone();
    session.store(crate::session::Outcome { seen, ..outcome });
    let before = learning.learners.at_hand().state().trust;
    // The class is chosen after the click.
    learning.set_class(Some(2));
    assert!(learning.accept(&session, Arc::new(scene.truth.clone()), size, &|| false));
    let state = learning.learners.at_hand().state();
    assert_eq!((state.objects, state.trust == before, state.replay.len()), (1, true, 1));
}
