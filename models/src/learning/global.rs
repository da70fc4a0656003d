//! Global parameters: where every local copy starts, learned from accepted masks.
//!
//! Each click of an accepted object becomes a [`Sample`]: some feature cells, what the frozen network said there, and what
//! the accepted mask says. A bounded buffer of samples is replayed, so that the last object does not overwrite the others.
//!
//! The head is trusted only as far as it has earned: before the learner sees an object it is judged on it, with its answer
//! scaled by several factors, and the factor that would have been best over the last objects is the one in force. A head that
//! does no better than the frozen network is therefore silent.

use std::collections::VecDeque;

use limn_inference::adapt::adam::Adam;
use limn_inference::adapt::head::uniform;
use limn_inference::adapt::{Head, HeadShape, loss};

use super::sample::Sample;

/// Hidden values of the head.
pub const HIDDEN: usize = 16;
/// Samples kept. With 88 channels in half precision: 120 x 2048 x 88 x 2 bytes = 43 MB.
pub const REPLAY_SAMPLES: usize = 120;
/// Scales of the head's answer that are judged.
const TRUST: [f32; 4] = [0.0, 0.35, 0.7, 1.0];
/// IoU that a scale must have gained after this discount: where it makes no difference the network speaks alone.
const MARGIN: f32 = 0.002;
/// Objects that the judgement looks back on.
const JUDGED_OBJECTS: usize = 8;

/// Constants of the global step.
#[derive(Clone, Copy, Debug)]
pub struct GlobalOptions {
    /// Adam's learning rate.
    pub rate: f64,
    /// Steps an accepted object.
    pub steps: usize,
    /// Older samples beside a recent one in every step.
    pub replayed: usize,
    /// Weight of the last layer's square.
    pub decay: f32,
    /// Weight that right cells keep beside the wrong ones.
    pub floor: f32,
}

impl Default for GlobalOptions {
    fn default() -> Self {
        Self { rate: 3e-3, steps: 8, replayed: 3, decay: 1e-3, floor: 0.05 }
    }
}

/// The learner of one project.
#[derive(Clone, Debug)]
pub struct GlobalLearner {
    head: Head<f32>,
    adam: Adam<f32>,
    options: GlobalOptions,
    replay: VecDeque<Sample>,
    /// For each of the last objects, the mean IoU of its samples under each scale of [`TRUST`].
    judged: VecDeque<[f32; TRUST.len()]>,
    objects: u64,
    state: u64,
}

impl GlobalLearner {
    /// A learner that knows nothing, for features of `channels` channels.
    pub fn new(channels: usize, options: GlobalOptions) -> Self {
        let shape = HeadShape { channels, hidden: HIDDEN };
        Self {
            head: Head::new(shape),
            adam: Adam::new(shape.len(), options.rate),
            options,
            replay: VecDeque::new(),
            judged: VecDeque::new(),
            objects: 0,
            state: 1,
        }
    }

    /// Objects learned from.
    pub fn objects(&self) -> u64 {
        self.objects
    }

    /// How far the head is trusted now, 0 (silent) to 1.
    pub fn trust(&self) -> f32 {
        if self.judged.is_empty() {
            return 0.0;
        }
        // What a scale has gained over the frozen network, less half its standard error.
        let count = self.judged.len() as f32;
        let surely = |k: usize| {
            let gains = || self.judged.iter().map(move |object| object[k] - object[0]);
            let mean = gains().sum::<f32>() / count;
            let spread = gains().map(|gain| (gain - mean).powi(2)).sum::<f32>() / count;
            mean - 0.5 * (spread / count).sqrt()
        };
        let mut best = 0;
        for k in 1..TRUST.len() {
            if surely(k) > surely(best).max(MARGIN) {
                best = k;
            }
        }
        TRUST[best]
    }

    /// The head that the next object starts with: the learned one, its answer scaled by [`Self::trust`].
    pub fn start(&self) -> Head<f32> {
        let mut head = self.head.clone();
        let trust = self.trust();
        for value in &mut head.theta[self.head.shape.last_layer()] {
            *value *= trust;
        }
        head
    }

    /// Learns from an accepted object: its clicks' samples, first to last. `stop` is asked between steps; true ends the
    /// learning early (a click waits), the object counts all the same.
    pub fn accept(&mut self, samples: Vec<Sample>, stop: &dyn Fn() -> bool) {
        if samples.is_empty() {
            return;
        }
        self.judge(&samples);
        self.objects += 1;
        let recent = samples.len();
        for sample in samples {
            self.replay.push_back(sample);
        }
        while self.replay.len() > REPLAY_SAMPLES {
            self.replay.pop_front();
        }
        for _ in 0..self.options.steps {
            if stop() {
                return;
            }
            let newest = recent.min(self.replay.len());
            let mut batch = vec![self.replay.len() - 1 - self.draw(newest)];
            for _ in 0..self.options.replayed.min(self.replay.len() - 1) {
                batch.push(self.draw(self.replay.len()));
            }
            self.step(&batch);
        }
    }

    fn draw(&mut self, below: usize) -> usize {
        (uniform(&mut self.state) * below as f64) as usize
    }

    /// Notes what each scale of the head's answer would have given on an object not yet learned from.
    fn judge(&mut self, samples: &[Sample]) {
        let mut sums = [0.0; TRUST.len()];
        let (mut y, mut hidden) = (Vec::new(), Vec::new());
        for sample in samples {
            self.head.forward(&sample.cells(), &mut y, &mut hidden);
            for (sum, scale) in sums.iter_mut().zip(TRUST) {
                let (mut both, mut either) = (0.0, 0.0);
                for ((base, y), &label) in sample.base.iter().zip(&y).zip(&sample.labels) {
                    let said = base + scale * y > 0.0;
                    let share = sample.share[usize::from(label)];
                    both += if said && label { share } else { 0.0 };
                    either += if said || label { share } else { 0.0 };
                }
                *sum += if either == 0.0 { 1.0 } else { both / either };
            }
        }
        self.judged.push_back(sums.map(|sum| sum / samples.len() as f32));
        if self.judged.len() > JUDGED_OBJECTS {
            self.judged.pop_front();
        }
    }

    fn step(&mut self, batch: &[usize]) {
        let mut gradient = vec![0.0; self.head.theta.len()];
        let (mut y, mut hidden, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for &at in batch {
            let sample = &self.replay[at];
            let cells = sample.cells();
            self.head.forward(&cells, &mut y, &mut hidden);
            loss::focal_weights(&sample.base, &y, &sample.labels, self.options.floor, &mut weights);
            let mut dy = vec![0.0; y.len()];
            loss::cross_entropy(&sample.base, &y, &sample.labels, &weights, &mut dy);
            for slope in &mut dy {
                *slope /= batch.len() as f32;
            }
            self.head.backward(&cells, &hidden, &dy, &mut gradient);
        }
        let last = self.head.shape.last_layer();
        let zero = vec![0.0; last.len()];
        loss::anchor(&self.head.theta[last.clone()], &zero, self.options.decay, &mut gradient[last]);
        self.adam.step(&mut self.head.theta, &gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNELS: usize = 12;

    /// An object that channel 3 shows and the network does not see (`told` = 0), or sees (`told` = 1).
    fn object(seed: u64, told: f32) -> Vec<Sample> {
        let mut state = seed;
        (0..3)
            .map(|click| {
                let (mut cells, mut base, mut labels) = (Vec::new(), Vec::new(), Vec::new());
                for _ in 0..600 {
                    let label = uniform(&mut state) < 0.3;
                    let mut cell: Vec<f32> = (0..CHANNELS).map(|_| uniform(&mut state) as f32 - 0.5).collect();
                    cell[3] += if label { 1.0 } else { -1.0 } * (1.0 - told);
                    cells.extend(cell);
                    base.push(if label { 4.0 * told - 2.0 } else { -2.0 });
                    labels.push(label);
                }
                let cells: Vec<_> = cells.into_iter().map(half::f16::from_f32).collect();
                Sample::draw(CHANNELS, &cells, &base, &labels, seed + click).expect("cells")
            })
            .collect()
    }

    #[test]
    fn what_the_network_misses_is_learned() {
        let mut learner = GlobalLearner::new(CHANNELS, GlobalOptions::default());
        assert_eq!(learner.trust(), 0.0);
        for seed in 0..20 {
            learner.accept(object(seed, 0.0), &|| false);
        }
        assert!(learner.trust() > 0.5, "{}", learner.trust());
        let (mut y, mut hidden) = (Vec::new(), Vec::new());
        let fresh = &object(99, 0.0)[0];
        learner.start().forward(&fresh.cells(), &mut y, &mut hidden);
        let right = fresh.base.iter().zip(&y).zip(&fresh.labels).filter(|((b, y), l)| (**b + **y > 0.0) == **l).count();
        assert!(right * 10 > fresh.labels.len() * 9, "{right} of {}", fresh.labels.len());
    }

    #[test]
    fn where_the_network_is_right_the_head_stays_silent() {
        let mut learner = GlobalLearner::new(CHANNELS, GlobalOptions::default());
        for seed in 0..12 {
            learner.accept(object(seed, 1.0), &|| false);
        }
        assert_eq!(learner.trust(), 0.0);
    }

    #[test]
    fn the_buffer_is_bounded_and_a_waiting_click_ends_the_learning() {
        let mut learner = GlobalLearner::new(CHANNELS, GlobalOptions::default());
        for seed in 0..60 {
            learner.accept(object(seed, 0.5), &|| true);
        }
        assert_eq!(learner.replay.len(), REPLAY_SAMPLES);
        assert_eq!(learner.head, GlobalLearner::new(CHANNELS, GlobalOptions::default()).head, "no step was made");
        assert_eq!(learner.objects(), 60);
    }
}
