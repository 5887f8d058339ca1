//! Runs examples: what can share a program does, and what fails there has the
//! last word in a program of its own.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, thread};

use super::cache::Cache;
use super::compile::{Bundle, Compiled, Compiler};
use super::extract::Example;
use super::harness::{Answer, Asked, Verdict};
use super::listing::{Library, List};
use super::merge::{Group, Part, part};
use super::serve::{self, Output, Ran, Server};

/// The fewest examples for which a further program is worth its own start of
/// the compiler, which takes as long as about so many trivial ones.
const SHARE: usize = 96;
/// The most programs of one group.
const MOST: usize = 8;

/// An example that is asked for.
pub(super) struct Job<'a> {
    pub(super) name: String,
    pub(super) example: &'a Example,
    /// Its place in the list.
    pub(super) index: usize,
    /// Whether it is left out.
    pub(super) ignored: bool,
}

/// Runs examples on several threads.
pub(super) struct Runner<'a> {
    compiler: Compiler<'a>,
    folder: Option<&'a Path>,
    scratch: PathBuf,
    /// Whether rustdoc looks at the codes of errors.
    is_unstable: bool,
    bundles: Vec<Bundle>,
    /// The bundle of an example, and its number there.
    members: HashMap<usize, (usize, Option<usize>)>,
}

impl<'a> Runner<'a> {
    pub(super) fn new(library: &'a Library, list: &List, cache: &'a Cache, scratch: &Path) -> Self {
        let rustc = library.rustc.clone();
        Self {
            compiler: Compiler::new(rustc, &library.flags, &library.base, cache),
            folder: library.flags.run_directory.as_deref(),
            scratch: scratch.to_owned(),
            is_unstable: list.is_unstable || env::var_os("RUSTC_BOOTSTRAP").is_some(),
            bundles: Vec::new(),
            members: HashMap::new(),
        }
    }

    /// Builds the programs that these jobs share. What shares a program does
    /// not depend on what is asked for, so that they serve another time.
    pub(super) fn build(
        &mut self,
        all: &[(usize, &Example)],
        edition: &str,
        jobs: &[Job<'_>],
        threads: usize,
    ) -> io::Result<()> {
        let wanted: Vec<usize> =
            jobs.iter().filter(|job| !job.ignored).map(|job| job.index).collect();
        let worth = |chunk: &&(Group, Vec<Part>)| {
            let asked = chunk.1.iter().filter(|part| wanted.contains(&part.index)).count();
            asked > 0 && asked * 4 >= chunk.1.len()
        };
        let chunks = chunks(all, edition);
        let chunks: Vec<_> = chunks.iter().filter(worth).collect();
        let compiler = &self.compiler;
        let built =
            in_parallel(threads, &chunks, |(group, parts)| compiler.bundles(group, parts.clone()))?;
        self.bundles = built.into_iter().flatten().collect();
        for (number, bundle) in self.bundles.iter().enumerate() {
            let members = bundle.members.iter().map(|&(index, entry)| (index, (number, entry)));
            self.members.extend(members);
        }
        Ok(())
    }

    /// Runs the jobs in their order, so many at once.
    pub(super) fn run(&self, asked: &Asked, answer: Answer, jobs: &[Job<'_>]) -> io::Result<bool> {
        answer.begin(jobs.len())?;
        let worker = AtomicUsize::new(0);
        in_parallel_with(
            asked.threads,
            jobs,
            || {
                let number = worker.fetch_add(1, Ordering::Relaxed);
                let output = format!("output-{number}");
                Worker {
                    runner: self,
                    output: Output::new(self.scratch.join(output)),
                    servers: HashMap::new(),
                }
            },
            |worker, job| answer.verdict(&job.name, worker.job(job)?),
        )?;
        answer.end()
    }
}

/// One of the threads that run examples.
struct Worker<'a> {
    runner: &'a Runner<'a>,
    output: Output,
    servers: HashMap<usize, Server>,
}

impl Worker<'_> {
    fn job(&mut self, job: &Job<'_>) -> io::Result<Verdict> {
        if job.ignored {
            return Ok(Verdict::Ignored);
        }
        let passes = match self.runner.members.get(&job.index) {
            Some((_, None)) => true,
            Some(&(bundle, Some(number))) => self
                .shared(bundle, number)
                .is_ok_and(|ran| ran.status.success() != job.example.attributes.should_panic),
            None => false,
        };
        if passes { Ok(Verdict::Passed) } else { self.alone(job.example) }
    }

    fn shared(&mut self, bundle: usize, number: usize) -> io::Result<Ran> {
        let server = match self.servers.remove(&bundle) {
            Some(server) => server,
            None => Server::start(&self.runner.bundles[bundle].program, self.runner.folder)?,
        };
        // One that does not answer is not asked again.
        let server = self.servers.entry(bundle).insert_entry(server).into_mut();
        let ran = server.run(number, &self.output);
        if ran.is_err() {
            self.servers.remove(&bundle);
        }
        ran
    }

    /// As rustdoc runs an example of a crate of any edition.
    fn alone(&self, example: &Example) -> io::Result<Verdict> {
        let attributes = &example.attributes;
        let program = match (self.runner.compiler.alone(example)?, attributes.compile_fail) {
            (Compiled::Well(_), true) => {
                let why = "Test compiled successfully, but it's marked `compile_fail`.";
                return Ok(Verdict::Failed(why.to_owned()));
            }
            (Compiled::Badly(said), true) => return Ok(self.codes(example, &said)),
            (Compiled::Badly(said), false) => {
                return Ok(Verdict::Failed(format!("{said}\nCouldn't compile the test.")));
            }
            (Compiled::Well(program), false) => program,
        };
        let Some(program) = program.filter(|_| !attributes.no_run) else {
            return Ok(Verdict::Passed);
        };
        let mut ran = serve::run(&program, self.runner.folder, &self.output)?;
        ran.output = example.with_true_lines(ran.output);
        Ok(verdict(ran, attributes.should_panic))
    }

    /// Whether the errors are those that were expected. A stable compiler does
    /// not look.
    fn codes(&self, example: &Example, said: &str) -> Verdict {
        let missing = |code: &&String| !said.contains(&format!("error[{code}]"));
        let missing: Vec<_> = example.attributes.error_codes.iter().filter(missing).collect();
        if missing.is_empty() || !self.runner.is_unstable {
            return Verdict::Passed;
        }
        Verdict::Failed(format!("{said}\nSome expected error codes were not found: {missing:?}"))
    }
}

fn verdict(ran: Ran, should_panic: bool) -> Verdict {
    match (ran.status.success(), should_panic) {
        (true, false) | (false, true) => Verdict::Passed,
        (true, true) => {
            Verdict::Failed("Test executable succeeded, but it's marked `should_panic`.".to_owned())
        }
        (false, false) => {
            let Ran { status, output } = ran;
            Verdict::Failed(format!("Test executable failed ({status}).\n\n{output}"))
        }
    }
}

/// The examples that may share a program, in as many programs as are worth it
/// on this machine. Two are needed to share.
fn chunks(all: &[(usize, &Example)], edition: &str) -> Vec<(Group, Vec<Part>)> {
    let mut groups: BTreeMap<Group, Vec<Part>> = BTreeMap::new();
    for &(index, example) in all {
        if let Some((group, part)) = part(index, example, edition) {
            groups.entry(group).or_default().push(part);
        }
    }
    let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST);
    let mut chunks = Vec::new();
    for (group, parts) in groups {
        let count = (parts.len() / SHARE).clamp(1, cores);
        let size = parts.len().div_ceil(count);
        chunks.extend(parts.chunks(size).map(|parts| (group.clone(), parts.to_vec())));
    }
    chunks
}

fn in_parallel<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> io::Result<R> + Sync,
) -> io::Result<Vec<R>> {
    let results = Mutex::new(Vec::new());
    in_parallel_with(
        threads,
        items,
        || (),
        |(), item| {
            let result = work(item)?;
            if let Ok(mut results) = results.lock() {
                results.push(result);
            }
            Ok(())
        },
    )?;
    Ok(results.into_inner().unwrap_or_default())
}

/// Works on items in their order, with so many workers; the first error.
fn in_parallel_with<T: Sync, W>(
    threads: usize,
    items: &[T],
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &T) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let take_turns = || {
        let mut own = worker();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(&mut own, item)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let others: Vec<_> =
            (1..threads.min(items.len())).map(|_| scope.spawn(take_turns)).collect();
        let own = take_turns();
        others.into_iter().fold(own, |result, other| {
            result.and(other.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))
        })
    })
}
