//! How a bench report is printed.

use super::BenchReport;
use crate::cli::output::say;

/// Prints the tables to standard output.
pub fn print(report: &BenchReport) {
    say!("limn {}, model {}, {} cores, median of {} runs", report.version, report.model, report.cores, report.runs);
    say!("\nbare network       size   load ms   run ms   x ort   second click ms   of run   pool MiB   runs  device");
    for row in &report.network {
        let ratio = row.ratio_to_ort.map_or_else(|| "-".to_owned(), |r| format!("{r:.2}"));
        let pool =
            if row.pool_bytes == 0 { "-".to_owned() } else { format!("{:.1}", row.pool_bytes as f64 / 1_048_576.0) };
        say!(
            "{:<17} {:>5} {:>9.0} {:>8.1} {ratio:>7} {:>17.1} {:>8.2} {pool:>10} {:>6}  {}",
            row.backend,
            row.size,
            row.load_ms,
            row.run_ms,
            row.second_click_ms,
            row.second_to_first,
            row.runs,
            row.device
        );
    }
    say!("\nwhole click   picture     click    whole ms   x bare   prepare   network   paste    mask   image part");
    for row in &report.clicks {
        let picture = format!("{}x{}", row.picture[0], row.picture[1]);
        say!(
            "{:<13} {picture:<11} {:<8} {:>8.1} {:>8.2} {:>9.1} {:>9.1} {:>7.1} {:>7.1}   {}",
            row.backend,
            row.click,
            row.whole_ms,
            row.ratio_to_bare,
            row.prepare_ms,
            row.network_ms,
            row.paste_ms,
            row.mask_ms,
            if row.reused_image_part { "kept" } else { "new" }
        );
    }
    say!(
        "\nlearning    network ms   global answer   local step   x network   accepted object   x network   longest part"
    );
    for row in &report.learning {
        say!(
            "{:<11} {:>10.1} {:>15.1} {:>12.1} {:>11.2} {:>17.0} {:>11.1} {:>14.1}",
            row.backend,
            row.network_ms,
            row.global_answer_ms,
            row.local_step_ms,
            row.local_to_network,
            row.object_ms,
            row.object_to_network,
            row.longest_part_ms
        );
    }
    for line in &report.missing {
        say!("\nnot measured: {line}");
    }
}
