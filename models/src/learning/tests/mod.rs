//! Learning from end to end, with a network made by hand: features and logits as a real one would give them.

mod classes;

use std::cell::Cell;

use super::*;
use crate::learning::seen::Seen;
use crate::session::ClickSession;

const SIZE: usize = 32;
const SIDE: usize = 8;
const CHANNELS: usize = 8;

fn card() -> Card {
    crate::registry::Registry::load(&[]).unwrap().find(None).unwrap()
}

fn learning(adapt: Adapt) -> Learning {
    let mut learning = Learning::new(&card(), CHANNELS, Box::new(PlainTrainer::default()));
    learning.set(adapt);
    learning
}

/// A picture with an object that channel 3 shows; the network sees it (`told`) or says "nothing" everywhere.
struct Scene {
    truth: Bitmap,
    feature: Vec<f32>,
    logits: Vec<f32>,
}

impl Scene {
    fn new(seed: usize, told: bool) -> Self {
        let (x0, y0) = (seed * 5 % 4, seed * 3 % 4);
        let inside = |x: usize, y: usize| (x0..x0 + 4).contains(&x) && (y0..y0 + 4).contains(&y);
        let mut truth = Bitmap::new(SIZE as u32, SIZE as u32);
        let mut logits = vec![-2.0; SIZE * SIZE];
        for (at, (bit, logit)) in truth.data.iter_mut().zip(&mut logits).enumerate() {
            if inside(at % SIZE / 4, at / SIZE / 4) {
                *bit = 1;
                *logit = if told { 3.0 } else { -2.0 };
            }
        }
        let mut state = seed as u64;
        let mut feature: Vec<f32> = (0..CHANNELS * SIDE * SIDE)
            .map(|_| limn_inference::adapt::head::uniform(&mut state) as f32 - 0.5)
            .collect();
        if !told {
            for at in 0..SIDE * SIDE {
                feature[3 * SIDE * SIDE + at] = if inside(at % SIDE, at / SIDE) { 1.2 } else { -0.8 };
            }
        }
        Self { truth, feature, logits }
    }

    fn clicks(&self) -> [Click; 2] {
        let (x, y) = self.truth.bounds().map_or((0, 0), |b| (b.x0, b.y0));
        [(x + 8, y + 8), (x + 3, y + 12)].map(|(x, y)| Click { x: x as f32, y: y as f32, positive: true })
    }

    /// What `learning` shows after so many clicks.
    fn shown(&self, learning: &mut Learning, clicks: usize) -> (Vec<f32>, Arc<Seen>) {
        learning.feature_mut().clone_from(&self.feature);
        let mut logits = self.logits.clone();
        let crop = CropSquare::whole(SIZE as u32, SIZE as u32);
        let mut session = ClickSession::new(SIZE as u32, SIZE as u32);
        for click in &self.clicks()[..clicks] {
            session.add_click(*click);
        }
        let seen = learning.answer(&session, &crop, SIZE as u32, &[0.0; SIZE * SIZE], &mut logits);
        (logits, seen)
    }

    /// Two clicks, then the truth is accepted.
    fn annotate(&self, learning: &mut Learning, stop: &dyn Fn() -> bool) -> bool {
        let mut session = ClickSession::new(SIZE as u32, SIZE as u32);
        for (n, click) in self.clicks().into_iter().enumerate() {
            session.add_click(click);
            let (_, seen) = self.shown(learning, n + 1);
            let outcome = session.previous().clone();
            session.store(crate::session::Outcome { seen: Some(seen), ..outcome });
        }
        learning.accept(&session, Arc::new(self.truth.clone()), SIZE as u32, stop)
    }

    fn right(&self, logits: &[f32]) -> usize {
        logits.iter().zip(&self.truth.data).filter(|(l, t)| (**l > 0.0) == (**t == 1)).count()
    }
}

const GLOBAL: Adapt = Adapt { local: false, global: true };
const OFF: Adapt = Adapt::OFF;
const BOTH: Adapt = Adapt { local: true, global: true };

#[test]
fn what_the_network_misses_is_learned() {
    let mut learning = learning(GLOBAL);
    for seed in 0..12 {
        assert!(Scene::new(seed, false).annotate(&mut learning, &|| false));
    }
    let report = learning.report();
    assert_eq!((report.objects, report.generation, report.generations.len(), report.waiting), (12, 12, 12, 0));
    assert!(report.trust[0] > 0.5, "{report:?}");
    assert!(report.history[11].gain() > 0.3 && report.history[0].gain() == 0.0, "{report:?}");
    let fresh = Scene::new(99, false);
    let (logits, seen) = fresh.shown(&mut learning, 1);
    assert!(fresh.right(&logits) * 20 > SIZE * SIZE * 19, "{}", fresh.right(&logits));
    let kept = seen.frozen();
    assert_eq!(kept, fresh.logits, "what the frozen network said is kept");
}

#[test]
fn the_frozen_mask_can_be_had_beside_what_is_shown() {
    let mut learning = learning(GLOBAL);
    for seed in 0..8 {
        Scene::new(seed, false).annotate(&mut learning, &|| false);
    }
    let scene = Scene::new(60, false);
    let whole = (SIZE as u32, SIZE as u32);
    let crop = CropSquare::whole(whole.0, whole.1);
    let map = |logits: &[f32]| ProbabilityMap::from_logits(whole, crop, SIZE as u32, logits, None);
    let mut session = ClickSession::new(whole.0, whole.1);
    session.add_click(scene.clicks()[0]);
    assert_eq!(session.frozen_probability(), None, "nothing is predicted yet");
    let (logits, seen) = scene.shown(&mut learning, 1);
    let (mask, edge) = (map(&logits), map(&scene.logits));
    session.store(crate::session::Outcome { crop: Some(crop), mask, edge, extent: None, seen: Some(seen) });
    assert_ne!(logits, scene.logits);
    assert_eq!(session.frozen_probability(), Some(map(&scene.logits)));
}

#[test]
fn where_the_network_is_right_the_heads_stay_silent() {
    let mut learning = learning(BOTH);
    for seed in 0..12 {
        let scene = Scene::new(seed, true);
        scene.annotate(&mut learning, &|| false);
        assert_eq!(scene.shown(&mut learning, 2).0, scene.logits);
    }
    assert_eq!((learning.report().trust, learning.report().local_trust), ([0.0; 3], [0.0; 3]));
}

#[test]
fn a_waiting_click_ends_the_learning_and_idle_time_makes_up_for_it() {
    let (mut at_once, mut in_parts) = (learning(GLOBAL), learning(GLOBAL));
    for seed in 0..3 {
        let scene = Scene::new(seed, false);
        scene.annotate(&mut at_once, &|| false);
        assert!(!scene.annotate(&mut in_parts, &|| true));
        assert_eq!((in_parts.report().objects, in_parts.report().waiting), (seed as u64, 1));
        let asked = Cell::new(0);
        let every_third = || {
            asked.set(asked.get() + 1);
            asked.get() % 3 == 0
        };
        while !in_parts.go_on(&every_third) {}
    }
    assert_eq!(at_once.learners.at_hand().state(), in_parts.learners.at_hand().state(), "interruptions change nothing");
}

#[test]
fn roll_back_restores_the_answers_bit_for_bit() {
    let mut learning = learning(BOTH);
    let fresh = Scene::new(77, false);
    let mut answers = Vec::new();
    for seed in 0..12 {
        Scene::new(seed, false).annotate(&mut learning, &|| false);
        answers.push([1, 2].map(|clicks| fresh.shown(&mut learning, clicks).0));
    }
    assert_ne!(answers[8], answers[11]);
    for number in [9, 12, 1] {
        assert!(learning.roll_back(number));
        assert_eq!(learning.report().generation, number);
        assert_eq!([1, 2].map(|clicks| fresh.shown(&mut learning, clicks).0), answers[number as usize - 1]);
    }
    assert!(!learning.roll_back(99));
    fresh.annotate(&mut learning, &|| false);
    assert_eq!(learning.report().generation, 13, "no number is given twice");
    learning.reset();
    assert_eq!(learning.report(), LearningReport::default());
    assert_eq!(fresh.shown(&mut learning, 1).0, fresh.logits);
}

#[test]
fn what_was_learned_survives_a_file() {
    let mut learned = learning(BOTH);
    for seed in 0..10 {
        Scene::new(seed, false).annotate(&mut learned, &|| false);
    }
    let bytes = learned.export();
    let mut other = learning(BOTH);
    other.import(&bytes).unwrap();
    assert_eq!(other.learners.at_hand().state(), learned.learners.at_hand().state());
    let fresh = Scene::new(50, false);
    assert_ne!(fresh.shown(&mut other, 2).0, fresh.logits);
    assert_eq!(fresh.shown(&mut other, 2).0, fresh.shown(&mut learned, 2).0);
    assert_eq!(other.export(), bytes);
}

#[test]
fn foreign_and_damaged_files_are_refused() {
    let mut learned = learning(GLOBAL);
    Scene::new(1, false).annotate(&mut learned, &|| false);
    let bytes = learned.export();
    let mut stranger = Learning::new(
        &Card { sha256: "00".repeat(32), name: "other".to_owned(), ..card() },
        CHANNELS,
        Box::new(PlainTrainer::default()),
    );
    let error = stranger.import(&bytes).unwrap_err().to_string();
    assert!(error.contains("edgeflow-lite0") && error.contains("model other"), "{error}");
    let mut wider = Learning::new(&card(), CHANNELS + 1, Box::new(PlainTrainer::default()));
    assert!(matches!(wider.import(&bytes), Err(ModelError::ForeignLearning { .. })));

    let before = learned.report();
    for cut in [0, 7, 11, 40, 2000, bytes.len() - 1] {
        assert!(matches!(learned.import(&bytes[..cut]), Err(ModelError::DamagedLearning { .. })), "cut at {cut}");
    }
    for at in [0, 9, 100, bytes.len() / 2, bytes.len() - 1] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x40;
        assert!(matches!(learned.import(&flipped), Err(ModelError::DamagedLearning { .. })), "flipped at {at}");
    }
    assert_eq!(learned.report(), before);
}

#[test]
fn a_count_that_the_file_cannot_hold_allocates_nothing() {
    use sha2::{Digest as _, Sha256};
    let bytes = learning(GLOBAL).export();
    // The last two counts are those of the samples and of the classes: claim more than may be, then more than there are.
    for (from_end, claimed) in [(40, u32::MAX), (40, 100), (36, u32::MAX), (36, 3)] {
        let mut forged = bytes[..bytes.len() - from_end].to_vec();
        forged.extend_from_slice(&claimed.to_le_bytes());
        let sum = Sha256::digest(&forged);
        forged.extend_from_slice(&sum);
        let error = learning(GLOBAL).import(&forged).unwrap_err().to_string();
        let most = if from_end == 40 { "120 is the most" } else { "64 is the most" };
        assert!(error.contains(if claimed == u32::MAX { most } else { "ends too early" }), "{error}");
    }
}

/// Head, judgements of the last objects (so many, all with these worths), numbers, no versions, history, samples: as version 1
/// and 2 wrote it, for a network of these channels.
fn old_state(out: &mut Vec<u8>, judged: u32, worths: [f32; 4]) {
    let theta = Head::<f32>::new(limn_inference::adapt::HeadShape { channels: CHANNELS, hidden: 16 }).theta;
    out.extend(theta.iter().flat_map(|v| v.to_le_bytes()));
    for count in [judged, 0, 0, 0, judged, 0] {
        out.extend(count.to_le_bytes());
        (0..count).for_each(|_| out.extend(worths.iter().flat_map(|v| v.to_le_bytes())));
    }
    for number in [30u64, 5, 0, 9] {
        out.extend(number.to_le_bytes());
    }
    [0u32; 3].iter().for_each(|count| out.extend(count.to_le_bytes()));
}

#[test]
fn files_of_earlier_versions_are_still_read_and_their_judgements_are_evidence() {
    use sha2::{Digest as _, Sha256};
    for version in [1u32, 2] {
        let mut old = b"limnlrn\0".to_vec();
        old.extend(version.to_le_bytes());
        for text in [&card().name, &card().sha256] {
            old.extend((text.len() as u32).to_le_bytes());
            old.extend(text.as_bytes());
        }
        [CHANNELS as u32, 16].iter().for_each(|v| old.extend(v.to_le_bytes()));
        old_state(&mut old, 10, [1.0, 1.1, 1.4, 1.2]);
        if version == 2 {
            old.extend(1u32.to_le_bytes());
            old.extend(7u64.to_le_bytes());
            old_state(&mut old, 2, [1.0, 1.1, 1.4, 1.2]);
        }
        let sum = Sha256::digest(&old);
        old.extend_from_slice(&sum);
        let mut learning = learning(BOTH);
        learning.import(&old).unwrap();
        let report = learning.report();
        assert_eq!(
            (report.objects, report.trust, report.local_trust),
            (30, [0.7, 0.0, 0.0], [0.0, 0.7, 0.0]),
            "{version}"
        );
        learning.set_per_class(true);
        learning.set_class(Some(7));
        let trust = learning.report().trust[0];
        assert_eq!(trust, if version == 2 { 0.0 } else { 0.7 }, "two objects are not enough");
    }
}

#[test]
fn orders_that_change_parameters_begin_an_epoch_and_learning_does_not() {
    let mut learning = learning(OFF);
    let mut last = learning.epoch();
    let mut changed = |learning: &Learning| {
        let (before, now) = (std::mem::replace(&mut last, learning.epoch()), learning.epoch());
        now > before
    };
    learning.set(OFF);
    assert!(!changed(&learning), "nothing was changed");
    learning.set(GLOBAL);
    assert!(changed(&learning));
    Scene::new(1, false).annotate(&mut learning, &|| false);
    assert!(!changed(&learning));
    let bytes = learning.export();
    assert!(learning.roll_back(1) && changed(&learning));
    assert!(!learning.roll_back(99) && !changed(&learning));
    learning.import(&bytes).unwrap();
    assert!(changed(&learning));
    assert!(learning.import(&bytes[1..]).is_err() && !changed(&learning));
    learning.set_per_class(true);
    assert!(changed(&learning));
    learning.reset();
    assert!(changed(&learning));
}

#[test]
fn a_head_that_lately_did_harm_goes_back_by_itself() {
    let mut state = State::new("m", "w", 4);
    state.head.theta[0] = 7.0;
    for _ in 0..4 {
        state.record(ObjectRecord { clicks: 2, iou: 0.8, frozen: 0.7 });
    }
    state.keep_generation();
    state.head.theta[0] = 9.0;
    for _ in 0..8 {
        assert!(!state.is_worse_than_frozen() || state.history.len() > 8);
        state.record(ObjectRecord { clicks: 2, iou: 0.6, frozen: 0.7 });
    }
    state.keep_generation();
    assert!(state.is_worse_than_frozen());
    for _ in 0..8 {
        state.trust.note(&[(Stage::First, [0.7, 0.6, 0.6, 0.6])]);
    }
    let harmed = state.trust;
    state.go_back();
    assert_eq!((state.generations.current, state.head.theta[0]), (1, 7.0));
    assert_eq!(state.trust, harmed, "the older head has to earn its trust again");
    state.go_back();
    assert_eq!(
        (state.generations.current, state.head.theta[0]),
        (0, 1.0),
        "nothing good before it: a head that is silent"
    );
}
