//! A corpus that is read in parts, ahead of who works on them.

use std::sync::mpsc;
use std::thread;

use crate::corpus::{Ended, InParts, Part, ReadOptions, Source, read_in_parts};
use crate::error::Error;

/// Reads a corpus in parts, the next one while the receiver works on the last, where there is more than one thread.
pub fn ahead(
    source: &Source,
    options: &ReadOptions,
    parts: InParts,
    receive: &mut dyn FnMut(Part) -> Result<(), Error>,
) -> Result<Option<Ended>, Error> {
    if rayon::current_num_threads() < 2 {
        return read_in_parts(source, options, parts, receive);
    }
    thread::scope(|scope| {
        let (send, received) = mpsc::sync_channel(1);
        // Nobody hears of this error: the receiver has failed before.
        let mut hand_over = move |part| send.send(part).map_err(|_| Error::Interrupted);
        let reading = scope.spawn(move || read_in_parts(source, options, parts, &mut hand_over));
        let taken = received.iter().try_for_each(receive);
        drop(received);
        let ended = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken.and(ended)
    })
}
