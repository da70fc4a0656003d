//! The same clicks through every backend: the answers must be the same.

use std::sync::Arc;

use limn_inference::{AdapterPreference, BackendChoice, BackendKind, EngineOptions};
use limn_models::{Click, ClickSession, Registry, RgbLevels, Segmenter};
use limn_tests::sample;

fn segmenter(backend: BackendKind) -> Segmenter {
    let registry = Registry::load(&[]).expect("built-in model");
    let card = registry.get(None).expect("built-in model");
    let onnx = registry.weights(card).expect("built-in weights");
    // The software adapter is the one that every machine can have, so that the result does not depend on the graphics card.
    let options = EngineOptions {
        backend: BackendChoice::Only(backend),
        adapter: AdapterPreference::Software,
        ..EngineOptions::default()
    };
    Segmenter::new(&onnx, card, &options).unwrap_or_else(|error| panic!("{backend}: {error}"))
}

/// Largest difference of the object's and the edge's probability over the picture.
fn difference(a: &ClickSession, b: &ClickSession) -> f32 {
    let maps = [(a.probability(), b.probability()), (a.edge(), b.edge())];
    maps.iter()
        .flat_map(|(a, b)| a.to_dense().into_iter().zip(b.to_dense()).map(|(x, y)| (x - y).abs()).collect::<Vec<_>>())
        .fold(0.0, f32::max)
}

/// Two clicks a picture; the second is predicted by all backends from the same state, so that what is compared is one
/// prediction and not a history of small differences. 1e-3 is what no threshold of the program can show.
#[test]
fn every_backend_gives_the_same_probabilities() {
    let scenes: [(&str, [Click; 2]); 3] = [
        ("coffee.png", [Click { x: 300.0, y: 120.0, positive: true }, Click { x: 450.0, y: 330.0, positive: false }]),
        (
            "astronaut.png",
            [Click { x: 220.0, y: 300.0, positive: true }, Click { x: 420.0, y: 100.0, positive: false }],
        ),
        ("coins.png", [Click { x: 337.5, y: 43.5, positive: true }, Click { x: 331.5, y: 60.5, positive: true }]),
    ];
    let mut yardstick = segmenter(BackendKind::Ort);
    let mut others = [BackendKind::Wgpu, BackendKind::Rten, BackendKind::Reference].map(segmenter);
    for (name, clicks) in scenes {
        let image: Arc<dyn RgbLevels> = sample(name);
        let [width, height] = image.size();
        let mut session = ClickSession::new(width, height);
        for click in clicks {
            session.add_click(click);
            let before = session.clone();
            yardstick.predict(&image, &mut session).expect("ONNX Runtime");
            for other in &mut others {
                let mut theirs = before.clone();
                other.predict(&image, &mut theirs).expect("prediction");
                let worst = difference(&session, &theirs);
                assert!(worst < 1e-3, "{name}: {} differs by {worst}", other.info().backend);
            }
        }
        assert!(session.probability().above(0.5).area() > 100, "{name}: the clicks found something");
    }
}
