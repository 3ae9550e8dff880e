//! Runs scenarios over the processors: one worker thread for each, pinned, with a fork server of
//! its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ref_tests::SCENARIOS;

use crate::plan;
use crate::sys::server::{processors, stay_on_processor};
use crate::tracer::{Error, Stage, Tracer};
use crate::types::{Profile, Recording};

/// A scenario that was run.
#[derive(Debug)]
pub struct Run {
    /// Its index in the table of scenarios.
    pub index: usize,
    /// What was seen.
    pub recording: Recording,
    /// How long it took on the wall.
    pub took: Duration,
}

/// Runs the scenarios of these indices on `workers` processors (0: on all there are), and hands
/// out each as it ends. The order in which they come is not the order of the indices.
pub fn run(
    stage: &Stage,
    profile: &Profile,
    indices: &[usize],
    workers: usize,
    mut finished: impl FnMut(Run),
) -> Result<(), Error> {
    let processors = processors().map_err(Error::Prepare)?;
    let wanted = if workers == 0 {
        processors.len()
    } else {
        workers
    };
    let workers = wanted.min(indices.len()).max(1);
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for worker in 0..workers {
            let (sender, next) = (sender.clone(), &next);
            let processor = processors.get(worker % processors.len().max(1)).copied();
            scope.spawn(move || {
                let outcome = work(stage, profile, indices, next, processor, &sender);
                if let Err(error) = outcome {
                    // The receiver goes only after all workers.
                    let _ = sender.send(Err(error));
                }
            });
        }
        drop(sender);
        let mut failure = None;
        for message in receiver {
            match message {
                Ok(run) => finished(run),
                Err(error) => {
                    next.store(indices.len(), Ordering::Relaxed);
                    failure.get_or_insert(error);
                }
            }
        }
        failure.map_or(Ok(()), Err)
    })
}

fn work(
    stage: &Stage,
    profile: &Profile,
    indices: &[usize],
    next: &AtomicUsize,
    processor: Option<usize>,
    sender: &mpsc::Sender<Result<Run, Error>>,
) -> Result<(), Error> {
    if let Some(processor) = processor {
        // Without it everything still works, only slower.
        let _ = stay_on_processor(processor);
    }
    let mut tracer = Tracer::new(stage)?;
    while let Some(&index) = indices.get(next.fetch_add(1, Ordering::Relaxed)) {
        let planned = plan::calls(&SCENARIOS[index], profile);
        let started = Instant::now();
        let recording = tracer.record(index, &planned)?;
        let run = Run {
            index,
            recording,
            took: started.elapsed(),
        };
        let _ = sender.send(Ok(run));
    }
    Ok(())
}
