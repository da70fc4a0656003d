//! Tiles against plain spans, in pictures that reach over several tiles.

use proptest::prelude::*;

use super::super::limits::MaskBudget;
use super::super::mask::{Mask, Span};
use super::delta::{DeltaError, MaskDelta};
use super::*;

/// Pictures of up to 3 x 3 tiles with rectangles, single pixels and noise; some sides are whole tiles.
pub(crate) fn spans_of(width: u32, height: u32) -> impl Strategy<Value = Vec<Span>> {
    let side = |end: u32| prop_oneof![0..end, (0..=end / TILE).prop_map(|n| n * TILE)];
    let rectangle = (side(width), side(height), 1..=width, 1..=height);
    let spot = (0..width, 0..height, 1u32..4, Just(1u32));
    let shapes = proptest::collection::vec(prop_oneof![rectangle, spot.clone(), spot], 0..12);
    let noise = prop_oneof![3 => Just(0u32), 1 => 2u32..40];
    (shapes, noise, any::<u32>()).prop_map(move |(shapes, noise, seed)| {
        let mut spans = Vec::new();
        for (x, y, w, h) in shapes {
            let rows = y..y.saturating_add(h).min(height);
            spans.extend(rows.map(|y| Span { y, x0: x, x1: x.saturating_add(w) }));
        }
        let mut state = u64::from(seed);
        for n in 0..noise * 50 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(u64::from(n));
            let (x, y) = ((state >> 33) as u32 % width, (state >> 11) as u32 % height);
            spans.push(Span { y, x0: x, x1: x + 1 });
        }
        spans
    })
}

fn size() -> impl Strategy<Value = u32> {
    prop_oneof![1u32..20, Just(255), Just(256), Just(257), Just(512), 200u32..700]
}

fn both() -> impl Strategy<Value = (TileMask, Mask)> {
    (size(), size()).prop_flat_map(|(w, h)| spans_of(w, h).prop_map(move |s| made(w, h, &s)))
}

fn two() -> impl Strategy<Value = ((TileMask, Mask), (TileMask, Mask))> {
    (size(), size()).prop_flat_map(|(w, h)| {
        (spans_of(w, h), spans_of(w, h)).prop_map(move |(a, b)| (made(w, h, &a), made(w, h, &b)))
    })
}

fn made(width: u32, height: u32, spans: &[Span]) -> (TileMask, Mask) {
    (TileMask::from_spans(width, height, spans.to_vec()), Mask::from_spans(width, height, spans.to_vec()))
}

fn same(tiles: &TileMask, plain: &Mask) -> Result<(), TestCaseError> {
    prop_assert_eq!(tiles.to_spans(), plain.spans());
    prop_assert_eq!(tiles.spans().collect::<Vec<_>>(), plain.spans());
    prop_assert_eq!((tiles.area(), tiles.bounds()), (plain.area(), plain.bounds()));
    prop_assert_eq!(
        (tiles.width(), tiles.height(), tiles.is_empty()),
        (plain.width(), plain.height(), plain.is_empty())
    );
    let spans = plain.spans().len() as u64;
    prop_assert!(tiles.has_at_most(spans) && (spans == 0 || !tiles.has_at_most(spans - 1)));
    // There is one form for the same pixels.
    prop_assert_eq!(&TileMask::from_sorted(plain.width(), plain.height(), plain.spans()), tiles);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn spans_bytes_runs_and_lookups_come_back((tiles, plain) in both(), at in (any::<u32>(), any::<u32>())) {
        same(&tiles, &plain)?;
        let (w, h) = (plain.width(), plain.height());
        let bytes = plain.to_bytes();
        prop_assert!(tiles.to_bytes() == bytes);
        prop_assert_eq!(&TileMask::from_bytes(w, h, &bytes), &tiles);
        prop_assert_eq!(&Mask::from(&tiles), &plain);
        let parts = tiles.components_by(super::super::Connectivity::Four);
        prop_assert_eq!(&TileMask::union_all(w, h, &parts), &tiles);
        prop_assert_eq!(tiles.rings(), plain.rings());
        let linear: Vec<(u64, u64)> = tiles.linear_runs().collect();
        prop_assert!(linear.windows(2).all(|pair| pair[0].1 < pair[1].0));
        prop_assert_eq!(&TileMask::from_linear_runs(w, h, linear.into_iter(), u64::MAX).unwrap(), &tiles);
        let (x, y) = (at.0 % (w + 2), at.1 % (h + 2));
        prop_assert_eq!(tiles.contains(x, y), plain.contains(x, y));
        prop_assert_eq!(&tiles.row(y)[..], plain.row(y));
    }

    #[test]
    fn set_operations_equal_the_plain_ones(((a, p), (b, q)) in two()) {
        same(&a.union(&b), &p.union(&q))?;
        same(&a.intersect(&b), &p.intersect(&q))?;
        same(&a.subtract(&b), &p.subtract(&q))?;
        same(&a.complement(), &p.complement())?;
        same(&a.complement().complement(), &p)?;
        same(&TileMask::union_all(a.width(), a.height(), [&a, &b, &a]), &p.union(&q))?;
        prop_assert_eq!(a.intersection_area(&b), p.intersection_area(&q));
        prop_assert_eq!(a.iou(&b), p.iou(&q));
        prop_assert_eq!(a == b, p == q);
    }

    #[test]
    fn turned_twice_it_is_the_mask((tiles, plain) in both()) {
        let turned = tiles.turned(u64::MAX).unwrap();
        let (w, h) = (plain.width(), plain.height());
        let bytes = plain.to_bytes();
        let dense: Vec<u8> = (0..w).flat_map(|x| (0..h).map(move |y| (y * w + x) as usize)).map(|at| bytes[at]).collect();
        same(&turned, &Mask::from_bytes(h, w, &dense))?;
        same(&turned.turned(u64::MAX).unwrap(), &plain)?;
        let mut counts = Vec::new();
        tiles.each_rle_count(|count| { counts.push(count); Ok(()) }).unwrap();
        prop_assert_eq!(&counts, &plain.to_rle_counts().unwrap());
        let mut budget = MaskBudget::one_mask();
        prop_assert_eq!(&TileMask::from_rle_counts(w, h, counts, &mut budget).unwrap(), &tiles);
        prop_assert!(TileMask::from_rle_counts(w, h, [1, u64::from(w) * u64::from(h)], &mut budget).is_err());
    }

    #[test]
    fn a_change_leads_there_and_back(((a, _), (b, _)) in two()) {
        let delta = MaskDelta::between(&a, &b).unwrap();
        prop_assert_eq!(delta.is_empty(), a == b);
        prop_assert_eq!(&delta.apply(&a).unwrap(), &b);
        prop_assert_eq!(&delta.inverse().apply(&b).unwrap(), &a);
        let refused = matches!(delta.apply(&b), Err(DeltaError::OtherMask { .. }));
        prop_assert!(delta.is_empty() || refused);
        prop_assert_eq!(&MaskDelta::from_bytes(&delta.to_bytes()).unwrap(), &delta);
        let inside = |x: u32, y: u32| delta.rectangles().any(|r| (r.x0..r.x1).contains(&x) && (r.y0..r.y1).contains(&y));
        let differ = a.union(&b).subtract(&a.intersect(&b));
        prop_assert!(differ.spans().all(|span| inside(span.x0, span.y) && inside(span.x1 - 1, span.y)));
    }

    #[test]
    fn stored_pieces_give_the_mask_and_an_edit_changes_those_of_its_rows(((a, _), (b, _)) in two()) {
        let pieces: Vec<_> = a.pieces().collect();
        let stored = || pieces.iter().map(|piece| (piece.row, piece.column, &piece.bytes[..]));
        prop_assert_eq!(&TileMask::from_pieces(a.width(), a.height(), stored()).unwrap(), &a);
        let mut rows: std::collections::BTreeMap<u32, Vec<_>> = Default::default();
        for piece in &pieces {
            rows.entry(piece.row).or_default().push(piece.clone());
        }
        for row in MaskDelta::between(&a, &b).unwrap().rows() {
            rows.insert(row, b.pieces_of_row(row));
        }
        let edited: Vec<_> = rows.into_values().flatten().collect();
        prop_assert_eq!(edited, b.pieces().collect::<Vec<_>>());
    }

    #[test]
    fn damaged_bytes_are_errors((a, b) in two(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut bytes = MaskDelta::between(&a.0, &b.0).unwrap().to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(MaskDelta::from_bytes(&bytes).is_err());
    }
}

#[test]
fn an_edit_of_a_huge_mask_costs_the_tiles_that_it_touches() {
    let side = 40_000;
    let all = PixelRect { x0: 0, y0: 0, x1: side, y1: side };
    let full = TileMask::rectangle(side, side, all);
    assert_eq!((full.area(), full.bounds()), (1_600_000_000, Some(all)));
    assert!(full.heap_bytes() < 5_000, "{}", full.heap_bytes());
    // A brush of 40 pixels across the whole picture, slightly aslant.
    let stroke = Mask::stroke(side, side, &[[0.0, 9_000.0], [40_000.0, 11_000.0]], 20.0);
    let stroke = TileMask::from_sorted(side, side, stroke.spans());
    for before in [TileMask::empty(side, side), full] {
        let after = if before.is_empty() { before.union(&stroke) } else { before.subtract(&stroke) };
        let delta = MaskDelta::between(&before, &after).unwrap();
        let bytes = delta.to_bytes();
        assert!((157..=400).contains(&delta.tiles()), "{} tiles", delta.tiles());
        assert!(bytes.len() < 100_000, "{} bytes", bytes.len());
        assert_eq!(delta.apply(&before).unwrap(), after);
        // Rows that the stroke does not touch are the same memory.
        let rows: Vec<u32> = delta.rows().collect();
        let shared = |at: u32| {
            let row = |mask: &TileMask| mask.rows().iter().find(|row| row.0 == at).map(|row| Arc::as_ptr(&row.1));
            row(&before) == row(&after)
        };
        assert!((0..157).filter(|at| !rows.contains(at)).all(shared));
        let far = MaskDelta::between(&before, &before.clone()).unwrap();
        assert!(far.is_empty());
    }
}

#[test]
fn claims_of_millions_of_rows_and_columns_take_kilobytes() {
    let side = super::super::limits::MAX_SIDE;
    let every = |runs: Vec<(u64, u64)>, width, height| {
        let mask = TileMask::from_linear_runs(width, height, runs.into_iter(), u64::MAX).unwrap();
        let turned = mask.turned(u64::MAX).unwrap();
        assert_eq!(turned.area(), mask.area());
        assert!(mask.heap_bytes() < 2_000_000 && turned.heap_bytes() < 2_000_000, "{mask:?}");
        assert_eq!(turned.turned(u64::MAX).unwrap(), mask);
        mask
    };
    let all = u64::from(side) * u64::from(side);
    assert_eq!(every(vec![(0, all)], side, side).area(), all);
    assert_eq!(every(vec![(5, all - 7)], side, side).area(), all - 12);
    assert_eq!(every(vec![(0, 1 << 22)], side, 3).area(), 1 << 22);
    // A column: a pixel of every row.
    let column = TileMask::rectangle(3, side, PixelRect { x0: 1, y0: 0, x1: 2, y1: side });
    assert!(column.heap_bytes() < 500_000, "{}", column.heap_bytes());
    assert_eq!(column.turned(u64::MAX).unwrap().to_spans(), [Span { y: 1, x0: 0, x1: side }]);
    // Columns that end at different places need tiles of their own, and are limited by their bytes.
    let spans: Vec<Span> = (0..256).map(|y| Span { y, x0: y * 7_000, x1: side - y * 7_001 }).collect();
    assert!(TileMask::try_from_sorted(side, 256, &spans, 10_000).is_err());
    assert_eq!(TileMask::from_sorted(side, 256, &spans).to_spans(), spans);
}
