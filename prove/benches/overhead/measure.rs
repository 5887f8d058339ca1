//! Two commands in turn, and the medians of what they took.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A command to be timed.
#[derive(Clone)]
pub(crate) struct Side {
    words: Vec<OsString>,
    cwd: PathBuf,
    env: Vec<(&'static str, OsString)>,
    code: i32,
    /// Whether nothing is built when it starts.
    cold: bool,
    /// What it prints last of what is timed.
    until: Option<&'static str>,
}

/// The two commands of a row.
pub(crate) struct Sides {
    pub(crate) ours: Side,
    pub(crate) peer: Side,
}

/// Milliseconds, and the medians of each pair's ratio and difference: load
/// that comes and goes falls on both members of a pair.
pub(crate) struct Figures {
    pub(crate) ours: f64,
    pub(crate) peer: f64,
    pub(crate) ratio: f64,
    pub(crate) difference: f64,
}

/// What a row promises.
pub(crate) enum Target {
    /// Ours takes at most so many milliseconds more.
    MoreMs(f64),
    /// Ours takes at most so many times as long.
    AtMost(f64),
    /// Ours takes less than so many times as long.
    Below(f64),
    /// The peer takes at least so many times as long.
    FasterBy(f64),
}

impl Target {
    pub(crate) fn is_met(&self, figures: &Figures) -> bool {
        match self {
            Self::MoreMs(most) => figures.difference <= *most,
            Self::AtMost(most) => figures.ratio <= *most,
            Self::Below(bound) => figures.ratio < *bound,
            Self::FasterBy(least) => 1.0 / figures.ratio >= *least,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MoreMs(most) => write!(f, "<= +{most} ms"),
            Self::AtMost(most) => write!(f, "<= {most}"),
            Self::Below(bound) => write!(f, "< {bound}"),
            Self::FasterBy(least) => write!(f, "<= 1/{least}"),
        }
    }
}

impl Side {
    pub(crate) fn new(program: impl Into<OsString>, cwd: &Path) -> Self {
        Self {
            words: vec![program.into()],
            cwd: cwd.to_owned(),
            env: Vec::new(),
            code: 0,
            cold: false,
            until: None,
        }
    }

    /// The program that is measured.
    pub(crate) fn prove(cwd: &Path) -> Self {
        Self::new(env!("CARGO_BIN_EXE_prove"), cwd)
    }

    pub(crate) fn args(mut self, words: &[&str]) -> Self {
        self.words.extend(words.iter().map(OsString::from));
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// The exit code to expect, where it is not zero.
    pub(crate) fn exits(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    /// Each time with nothing built.
    pub(crate) fn cold(mut self) -> Self {
        self.cold = true;
        self
    }

    /// Timed until it prints this; what it does then is waited for.
    pub(crate) fn until(mut self, text: &'static str) -> Self {
        self.until = Some(text);
        self
    }

    /// What it prints, on either stream.
    pub(crate) fn output(&self) -> io::Result<String> {
        let output = self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).output()?;
        let text =
            [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
        let text = text.concat();
        if output.status.code() == Some(self.code) {
            Ok(text)
        } else {
            Err(self.failure(text.get(..600).unwrap_or(&text)))
        }
    }

    fn time(&self) -> io::Result<Duration> {
        if self.cold {
            for folder in ["target", ".prove.d"].map(|name| self.cwd.join(name)) {
                if folder.exists() {
                    std::fs::remove_dir_all(folder)?;
                }
            }
        }
        let mut command = self.command();
        if self.until.is_some() {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        let began = Instant::now();
        let mut child = command.spawn()?;
        let heard = self.until.map(|text| heard(&mut child, text)).transpose()?;
        let status = child.wait()?;
        let took = match heard {
            Some(heard) => heard.duration_since(began),
            None => began.elapsed(),
        };
        if status.code() == Some(self.code) { Ok(took) } else { Err(self.failure("")) }
    }

    fn failure(&self, said: &str) -> io::Error {
        io::Error::other(format!("{:?} did not exit with {}: {said}", self.words, self.code))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).current_dir(&self.cwd).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        // What `cargo bench` adds to the environment, people do not have.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let home = text == "CARGO_HOME" || text == "RUSTUP_HOME";
            if !home
                && ["CARGO", "RUST", "LD_LIBRARY", "PYTHON"].iter().any(|it| text.starts_with(it))
            {
                command.env_remove(&name);
            }
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// When a process first prints this, on either stream; reads all that it prints.
fn heard(child: &mut Child, text: &str) -> io::Result<Instant> {
    let streams: [Option<Box<dyn io::Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as _),
        child.stderr.take().map(|stream| Box::new(stream) as _),
    ];
    let first = |stream: Option<Box<dyn io::Read + Send>>| {
        let mut lines = BufReader::new(stream?).split(b'\n').map_while(Result::ok);
        let heard =
            lines.find(|line| String::from_utf8_lossy(line).contains(text)).map(|_| Instant::now());
        lines.for_each(drop);
        heard
    };
    let found = std::thread::scope(|scope| {
        let threads = streams.map(|stream| scope.spawn(|| first(stream)));
        threads.into_iter().filter_map(|thread| thread.join().ok().flatten()).min()
    });
    found.ok_or_else(|| io::Error::other(format!("it never says {text}")))
}

/// Runs both in turn, after one of each to warm up. Who goes first changes.
pub(crate) fn pairs(sides: &Sides, runs: usize) -> io::Result<Figures> {
    sides.ours.time()?;
    sides.peer.time()?;
    let mut pairs = Vec::with_capacity(runs);
    for run in 0..runs {
        let (ours, peer) = if run % 2 == 0 {
            let ours = sides.ours.time()?;
            (ours, sides.peer.time()?)
        } else {
            let peer = sides.peer.time()?;
            (sides.ours.time()?, peer)
        };
        pairs.push((ours.as_secs_f64() * 1e3, peer.as_secs_f64() * 1e3));
    }
    let over = |of: fn(&(f64, f64)) -> f64| median(pairs.iter().map(of).collect());
    Ok(Figures {
        ours: over(|pair| pair.0),
        peer: over(|pair| pair.1),
        ratio: over(|pair| pair.0 / pair.1),
        difference: over(|pair| pair.0 - pair.1),
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
