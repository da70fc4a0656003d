//! A large COCO file: its import streams, tells how far it is, and can be cancelled.
//!
//! `LIMN_SCALE_OBJECTS=1000000` makes the file as large as the largest data sets (about 500 MB); memory and time are
//! printed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use limn_datasets::raster::Span;
use limn_datasets::{
    Class, ClassId, Format, FormatError, ImageId, ImageRecord, ImportOptions, Mask, Object, ObjectId, Progress,
    Project, Transaction, import,
};

/// Objects of a picture.
const PER_PICTURE: u64 = 20;

/// A file of so many objects: blobs of 40 corners, each about 500 bytes of text.
fn write_coco(to: &Path, objects: u64) {
    let mut file = BufWriter::new(std::fs::File::create(to).unwrap());
    let pictures = objects.div_ceil(PER_PICTURE);
    // Annotations first: nothing is known of pictures and categories when they come.
    write!(file, "{{\"annotations\": [").unwrap();
    for id in 0..objects {
        let picture = id / PER_PICTURE + 1;
        let (cx, cy) = (40.0 + (id * 37 % 560) as f64, 40.0 + (id * 53 % 400) as f64);
        write!(
            file,
            "{}{{\"id\":{},\"image_id\":{picture},\"category_id\":{},",
            if id == 0 { "" } else { ",\n" },
            id + 1,
            id % 80 + 1
        )
        .unwrap();
        write!(file, "\"iscrowd\":0,\"area\":1000.5,\"bbox\":[{},{},30,30],\"segmentation\":[[", cx - 15.0, cy - 15.0)
            .unwrap();
        for corner in 0..40u64 {
            let angle = corner as f64 * std::f64::consts::TAU / 40.0;
            let radius = 12.0 + ((id + corner * 7) % 9) as f64 / 2.0;
            let comma = if corner == 0 { "" } else { "," };
            write!(file, "{comma}{:.1},{:.1}", cx + radius * angle.cos(), cy + radius * angle.sin()).unwrap();
        }
        write!(file, "]]}}").unwrap();
    }
    write!(file, "],\n\"images\": [").unwrap();
    for id in 1..=pictures {
        let comma = if id == 1 { "" } else { ",\n" };
        write!(file, "{comma}{{\"id\":{id},\"file_name\":\"{id:06}.png\",\"width\":640,\"height\":480}}").unwrap();
    }
    write!(file, "],\n\"categories\": [").unwrap();
    for id in 1..=80 {
        write!(file, "{}{{\"id\":{id},\"name\":\"class {id}\"}}", if id == 1 { "" } else { "," }).unwrap();
    }
    write!(file, "]}}").unwrap();
    file.flush().unwrap();
}

/// Most memory that the process ever had, in MB.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[derive(Default)]
struct Watch {
    shares: Mutex<Vec<f64>>,
    cancel_at: Option<usize>,
    cancelled: AtomicBool,
}

impl Progress for Watch {
    fn report(&self, done: u64, total: u64, _: &str) {
        let mut shares = self.shares.lock().unwrap();
        shares.push(done as f64 / total.max(1) as f64);
        self.cancelled.store(self.cancel_at.is_some_and(|at| shares.len() >= at), Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

#[test]
fn a_large_file_streams_in() {
    let wanted = std::env::var("LIMN_SCALE_OBJECTS").ok().and_then(|text| text.parse().ok());
    let objects: u64 = wanted.unwrap_or(20_000);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.json");
    write_coco(&file, objects);
    let size = std::fs::metadata(&file).unwrap().len() >> 20;
    let mut project = Project::create(&folder.path().join("p.limn"), folder.path()).unwrap();
    let before = project.document().clone();

    let watch = Watch { cancel_at: Some(2), ..Watch::default() };
    let error = import(&mut project, Format::Coco, &file, &ImportOptions::default(), &watch).unwrap_err();
    assert!(matches!(error, FormatError::Cancelled), "{error}");
    assert_eq!(project.document(), &before);

    let (begun, watch) = (Instant::now(), Watch::default());
    let report = import(&mut project, Format::Coco, &file, &ImportOptions::default(), &watch).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let peak = peak_megabytes();
    println!("{objects} objects, {size} MB: imported in {seconds:.1} s, at most {peak} MB of memory");
    assert_eq!((report.objects as u64, project.document().object_count() as u64), (objects, objects));
    let shares = watch.shares.lock().unwrap();
    assert!(shares.len() as u64 > objects / 10_000 && shares.windows(2).all(|pair| pair[0] <= pair[1]), "{shares:?}");
    // Masks of these objects take about 0.5 kB each, everything around them about three times as much.
    assert!(peak < 300 + objects * 17 / 10_000, "{peak} MB");
    assert!(peak < 2048, "{peak} MB");
    project.undo().unwrap();
    assert_eq!(project.document().object_count(), 0, "one step takes it back");
}

/// A mask of about 40 rows in a picture of 640 x 480.
fn blob(seed: u32) -> Mask {
    let (x, y) = (20 + seed * 37 % 560, 20 + seed * 53 % 400);
    let spans = (0..40).map(|row| {
        let narrow = row % 7 + (seed + row) % 3;
        Span { y: y + row, x0: x + narrow, x1: x + 40 - narrow }
    });
    Mask::from_spans(640, 480, spans.collect())
}

/// What a person does in a project of many objects: opening, accepting, undoing, deleting a class. The times are printed, for
/// `LIMN_SCALE_OBJECTS=1000000` beside those of a small project in the same run.
#[test]
fn a_project_of_many_objects_is_worked_with() {
    let wanted = std::env::var("LIMN_SCALE_OBJECTS").ok().and_then(|text| text.parse().ok());
    for objects in [1_000, wanted.unwrap_or(20_000)] {
        work_with(objects);
    }
}

fn work_with(objects: u32) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.limn");
    let mut project = Project::create(&path, folder.path()).unwrap();
    let mut t = Transaction::new("all");
    for class in 1..=10 {
        t.put_class(project.document(), Class::new(ClassId(class), format!("class {class}"), [0; 3]));
    }
    let pictures = i64::from(objects / 10);
    for image in 1..=pictures {
        let mut record = ImageRecord::new(ImageId(image), format!("{image:07}.png"));
        (record.width, record.height) = (640, 480);
        t.put_image(project.document(), record);
    }
    for id in 0..objects {
        let (image, class) = (ImageId(i64::from(id) % pictures + 1), ClassId(i64::from(id) % 10 + 1));
        t.put_object(project.document(), Object::new(ObjectId(i64::from(id) + 1), image, class, blob(id)));
    }
    let begun = Instant::now();
    project.commit(t).unwrap();
    let import = begun.elapsed();
    drop(project);
    let bytes = std::fs::metadata(&path).unwrap().len() >> 10;

    let begun = Instant::now();
    let mut project = Project::open(&path).unwrap();
    let open = begun.elapsed();
    assert_eq!(project.document().object_count(), objects as usize);

    let mut times = Vec::new();
    for step in 0..41 {
        let object = Object::new(project.next_object_id(), ImageId(1), ClassId(1), blob(step));
        let mut t = Transaction::new("accept");
        t.put_object(project.document(), object);
        let begun = Instant::now();
        project.commit(t).unwrap();
        times.push(begun.elapsed());
    }
    times.sort();
    let accept = times[times.len() / 2];
    let begun = Instant::now();
    for _ in 0..41 {
        project.undo().unwrap().unwrap();
    }
    let undo = begun.elapsed() / 41;

    let begun = Instant::now();
    let document = project.document();
    let mut t = Transaction::new("delete class");
    let doomed: Vec<ObjectId> = document.objects().filter(|o| o.class == ClassId(2)).map(|o| o.id).collect();
    for id in doomed {
        t.remove_object(document, id);
    }
    t.remove_class(document, ClassId(2));
    let made = begun.elapsed();
    project.commit(t).unwrap();
    let delete = begun.elapsed();
    assert_eq!(project.document().object_count(), objects as usize * 9 / 10);
    let begun = Instant::now();
    project.undo().unwrap();
    let back = begun.elapsed();
    assert_eq!(project.document().object_count(), objects as usize);
    assert_eq!(project.document().object(ObjectId(2)).unwrap().mask, blob(1));
    println!(
        "{objects} objects, {bytes} KB: made in {import:.1?}, opened in {open:.1?}; accept {accept:.2?}, undo {undo:.2?}; class of a \
         tenth deleted in {delete:.1?} (the transaction {made:.1?}), brought back in {back:.1?}; peak {} MB",
        peak_megabytes()
    );
}
