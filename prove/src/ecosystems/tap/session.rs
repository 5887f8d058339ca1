//! A launch for each script: nothing to build, nothing to collect.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use crate::launch::{Launch, Protocol, Tap};
use crate::target::{Addressable, TreePath};

use super::super::{Cases, Context, Input, LaunchId, Offer, Session, Step, TargetId};
use super::claim::target;
use super::script::base_name;
use super::{Detail, Member};

/// The version of Perl's harness whose ways are followed, as its tests can ask for.
const HARNESS_VERSION: &str = "3.50";
/// The version of TAP that is understood.
const TAP_VERSION: &str = "14";

/// The work on one folder of scripts.
pub(super) struct Scripts {
    detail: Arc<Detail>,
    context: Context,
    launches: u32,
}

impl Scripts {
    /// Begins the work.
    pub(super) fn new(detail: Arc<Detail>, context: Context) -> Self {
        Self { detail, context, launches: 0 }
    }

    fn offers(&self) -> impl Iterator<Item = Step> + '_ {
        (0..).zip(&self.detail.members).map(|(id, member)| {
            Step::Offer(Offer {
                id: TargetId(id),
                target: target(&member.path),
                cases: Cases::Dynamic,
                addressable: Addressable::Target,
                threaded: false,
                lane: None,
            })
        })
    }

    fn launch(&self, member: &Member) -> Launch {
        let root = self.detail.root.on_disk(&self.context.root);
        let mut argv = self.program(member, &root);
        argv.extend(self.context.args.iter().map(Into::into));
        let launch = Launch::new(argv, &root)
            .env("HARNESS_ACTIVE", "1")
            .env("HARNESS_VERSION", HARNESS_VERSION)
            .env("TAP_VERSION", TAP_VERSION);
        let mut launch = match self.libraries(&root) {
            Some(path) => launch.env("PERL5LIB", path),
            None => launch,
        };
        launch.protocol = Protocol::Tap(Tap {
            ignore_exit: false,
            script: member.path.as_str().to_owned(),
            base: self.detail.root.as_str().to_owned(),
        });
        launch
    }

    /// The program and its arguments, up to the script.
    fn program(&self, member: &Member, root: &Path) -> Vec<OsString> {
        let script = relative(&member.path, root, &self.context.root);
        if member.script.is_perl() {
            return self.perl(member, root, script);
        }
        match member.script.interpreter() {
            // As the system would run it. The path is whole, as `cwd` is not
            // where the program is looked for on every system.
            Some(_) if member.script.executable => {
                vec![member.path.on_disk(&self.context.root).into_os_string()]
            }
            Some((program, arguments)) => {
                let words = [&[program], &*arguments].concat();
                words.into_iter().map(Into::into).chain([script]).collect()
            }
            None => vec!["sh".into(), script],
        }
    }

    /// Perl from PATH (or `HARNESS_PERL`), whatever Perl the script names: a
    /// distribution is tested with the Perl that is active, and with the
    /// switches of `HARNESS_PERL_SWITCHES`. It reads the
    /// switches of the first line itself, but for the taint switch, which has
    /// to come earlier; and with that one, it does not read `PERL5LIB`.
    fn perl(&self, member: &Member, root: &Path, script: OsString) -> Vec<OsString> {
        let mut argv: Vec<OsString> =
            vec![self.context.env.get("HARNESS_PERL").unwrap_or("perl").into()];
        let switches = self.context.env.get("HARNESS_PERL_SWITCHES").unwrap_or_default();
        argv.extend(shlex::split(switches).unwrap_or_default().into_iter().map(Into::into));
        argv.extend(member.script.taint().map(Into::into));
        if argv.iter().any(|switch| switch == "-T" || switch == "-t") {
            let inherited = self.context.env.get("PERL5LIB").unwrap_or_default().split(':');
            let inherited = inherited.filter(|path| !path.is_empty()).map(OsString::from);
            for path in
                self.detail.libraries.iter().map(|path| root.join(path).into()).chain(inherited)
            {
                let mut switch = OsString::from("-I");
                switch.push(path);
                argv.push(switch);
            }
        }
        argv.push(script);
        argv
    }

    /// `PERL5LIB` with the distribution's own libraries first, as `prove -l`
    /// sets it, so that the programs a test starts find them too.
    fn libraries(&self, root: &Path) -> Option<OsString> {
        let mut path = OsString::new();
        let inherited = self.context.env.get("PERL5LIB").map(OsString::from);
        let own = self.detail.libraries.iter().map(|library| root.join(library).into_os_string());
        for (i, part) in own.chain(inherited).enumerate() {
            path.push(if i == 0 { "" } else { ":" });
            path.push(part);
        }
        (!self.detail.libraries.is_empty()).then_some(path)
    }
}

impl Session for Scripts {
    fn on(&mut self, input: Input<'_>, steps: &mut Vec<Step>) {
        match input {
            Input::Start => {
                steps.extend(self.offers());
                steps.push(Step::OffersDone);
            }
            Input::Take(take) => {
                let member =
                    usize::try_from(take.target.0).ok().and_then(|at| self.detail.members.get(at));
                let Some(member) = member else {
                    return steps.push(Step::Refuse(take.target, "there is no such script".into()));
                };
                let launch = self.launch(member);
                let id = LaunchId(self.launches);
                self.launches += 1;
                steps.push(Step::Run(id, take.target, launch));
            }
            // Scripts are no workers, and their results are the decoder's.
            Input::Line(..) | Input::Ready(_) | Input::Done(..) => {}
        }
    }
}

/// The script as one types it in its distribution.
fn relative(path: &TreePath, root: &Path, tree: &Path) -> OsString {
    let whole = path.on_disk(tree);
    let inside = whole.strip_prefix(root).unwrap_or(&whole);
    if base_name(&inside.to_string_lossy()) == inside.to_string_lossy() {
        // Alone, it could be taken for an option, or be looked for in PATH.
        return Path::new(".").join(inside).into_os_string();
    }
    inside.as_os_str().to_owned()
}
