//! Gathers nodes and channels, refuses duplicates and self-loops, and gives out the network.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::ids::NodeId;
use crate::network::error::DataError;
use crate::network::names::is_allowed;
use crate::network::params::Software;
use crate::network::readers::cell::{At, Cell, quoted};
use crate::network::readers::options::ReadOptions;
use crate::network::topology::{Channel, Network, Node, Policy};
use crate::units::Sat;

/// How many lines a message lists.
const LISTED: usize = 5;

/// A channel that is not yet in the network.
struct Staged {
    ends: [usize; 2],
    channel: Channel,
    /// Where each half was stated, in formats that state halves.
    halves: [Option<At>; 2],
}

/// One direction of a channel, in formats that state them apart.
pub(super) struct Half<'a> {
    /// Name of the channel.
    pub channel: Cell<'a>,
    /// Node 1 and node 2 of the channel.
    pub ends: [Cell<'a>; 2],
    /// Capacity of the channel.
    pub capacity: (Cell<'a>, Sat),
    /// 0: node 1 to node 2.
    pub direction: usize,
    /// What it asks.
    pub policy: Policy,
}

/// A network under construction.
pub(super) struct Builder {
    options: ReadOptions,
    path: PathBuf,
    nodes: Vec<Node>,
    node_names: Names,
    channels: Vec<Staged>,
    channel_names: Names,
    /// Place in the file, and among the channels, of those that join a node to itself.
    self_loops: Vec<(At, usize)>,
    /// Counted oddities that the finished network does not show.
    notes: Vec<String>,
}

impl Builder {
    /// An empty network, whose channels are in the file at `path`.
    pub(super) fn new(path: &Path, options: ReadOptions) -> Self {
        Self {
            options,
            path: path.to_path_buf(),
            nodes: Vec::new(),
            node_names: Names::new("node"),
            channels: Vec::new(),
            channel_names: Names::new("channel"),
            self_loops: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A node that is stated once.
    pub(super) fn add_node(
        &mut self,
        name: Cell<'_>,
        software: Option<Software>,
    ) -> Result<(), DataError> {
        self.check_name(&name)?;
        self.node_names.add(&name)?;
        self.nodes.push(Node { name: text(&name), software });
        Ok(())
    }

    /// A node that must have been stated.
    pub(super) fn known_node(&self, name: &Cell<'_>) -> Result<usize, DataError> {
        self.node_names.get(name)?.ok_or_else(|| {
            name.error("is not a node of this network")
                .help("add it to the nodes, or drop the channel")
        })
    }

    /// A node that exists because a channel names it.
    fn implied_node(&mut self, name: Cell<'_>) -> Result<usize, DataError> {
        if let Some(known) = self.node_names.get(&name)? {
            return Ok(known);
        }
        self.add_node(name, None)?;
        Ok(self.nodes.len() - 1)
    }

    /// Both ends of a channel, in files without a list of nodes.
    pub(super) fn implied_ends(&mut self, ends: [Cell<'_>; 2]) -> Result<[usize; 2], DataError> {
        Ok([self.implied_node(ends[0])?, self.implied_node(ends[1])?])
    }

    /// A channel that is stated once.
    pub(super) fn add_channel(
        &mut self,
        name: Cell<'_>,
        ends: [usize; 2],
        channel: Channel,
    ) -> Result<(), DataError> {
        self.check_name(&name)?;
        self.channel_names.add(&name)?;
        if ends[0] == ends[1] {
            self.self_loops.push((name.at, self.channels.len()));
        }
        let channel = Channel { name: text(&name), ..channel };
        self.channels.push(Staged { ends, channel, halves: [None; 2] });
        Ok(())
    }

    /// One direction of a channel; what both state about the channel must agree.
    pub(super) fn add_half(&mut self, half: &Half<'_>) -> Result<(), DataError> {
        let ends = self.implied_ends(half.ends)?;
        let place = if let Some(known) = self.channel_names.get(&half.channel)? {
            known
        } else {
            let (capacity, policies) = (half.capacity.1, [None; 2]);
            let channel = Channel { name: Box::default(), capacity, policies, stated: None };
            self.add_channel(half.channel, ends, channel)?;
            self.channels.len() - 1
        };
        let staged = &mut self.channels[place];
        let other = staged.halves[1 - half.direction];
        if let Some(first) = staged.halves[half.direction] {
            let rule = format!("in direction {} is also in {first}", half.direction);
            return Err(half.channel.error(rule).help("keep one of the two"));
        }
        if let Some(other) = other.filter(|_| staged.ends != ends) {
            let rule = format_args!("joins other nodes than its other direction in {other}");
            return Err(half
                .channel
                .error(rule)
                .help("both rows of a channel must agree; correct one of them"));
        }
        if let Some(other) = other.filter(|_| staged.channel.capacity != half.capacity.1) {
            let rule = format!(
                "is not {}, as its other direction says in {other}",
                staged.channel.capacity
            );
            return Err(half
                .capacity
                .0
                .error(rule)
                .help("both rows of a channel must agree; correct one of them"));
        }
        staged.halves[half.direction] = Some(half.channel.at);
        staged.channel.policies[half.direction] = Some(half.policy);
        Ok(())
    }

    /// Puts nodes whose names are all numbers into the order of these numbers.
    pub(super) fn sort_numbered_nodes(&mut self) {
        let numbers: Option<Vec<u64>> =
            self.nodes.iter().map(|node| node.name.parse().ok()).collect();
        let Some(numbers) = numbers else { return };
        let nodes = std::mem::take(&mut self.nodes);
        let mut order: Vec<_> = numbers.into_iter().zip(nodes).enumerate().collect();
        order.sort_by_key(|&(_, (number, _))| number);
        let mut places = vec![0; order.len()];
        for (place, &(first_place, _)) in order.iter().enumerate() {
            places[first_place] = place;
        }
        for staged in &mut self.channels {
            staged.ends = staged.ends.map(|end| places[end]);
        }
        self.nodes = order.into_iter().map(|(_, (_, node))| node).collect();
    }

    /// Says `note` about `count` things, if there are any.
    pub(super) fn note(&mut self, count: u64, note: &str) {
        if count > 0 {
            self.notes.push(format!("{note}: {count}"));
        }
    }

    /// The network, and what is odd about its file.
    pub(super) fn finish(mut self) -> Result<(Network, Vec<String>), DataError> {
        self.drop_self_loops()?;
        if self.channels.is_empty() {
            return Err(DataError::new(&self.path, "the file has no channels")
                .help("nothing can be paid over a network without channels"));
        }
        let nodes = rename(&mut self.nodes, |node| &mut node.name);
        let channels = rename(&mut self.channels, |staged| &mut staged.channel.name);
        for (kind, renamed) in [("node", nodes), ("channel", channels)] {
            let renamed = renamed.map_err(|name| {
                DataError::new(
                    &self.path,
                    format!("the {kind} `{name}` has the index of a renamed one"),
                )
                .help("rename it, or number all of them")
            })?;
            self.note(renamed, &format!("{kind} names replaced by their index"));
        }
        let mut network = Network::with_capacity(self.nodes.len(), self.channels.len());
        let ids: Vec<NodeId> = self.nodes.into_iter().map(|node| network.add_node(node)).collect();
        for staged in self.channels {
            network.add_channel(ids[staged.ends[0]], ids[staged.ends[1]], staged.channel);
        }
        Ok((network, self.notes))
    }

    fn drop_self_loops(&mut self) -> Result<(), DataError> {
        let Some(&(first, channel)) = self.self_loops.first() else { return Ok(()) };
        let count = self.self_loops.len();
        if !self.options.drop_self_loops {
            let listed: Vec<_> =
                self.self_loops.iter().take(LISTED).map(|(at, _)| at.to_string()).collect();
            let more = if count > LISTED { ", ..." } else { "" };
            let staged = &self.channels[channel];
            let error = DataError::new(
                &self.path,
                format!(
                    "channel {} joins node {} to itself",
                    quoted(staged.channel.name.as_bytes()),
                    quoted(self.nodes[staged.ends[0]].name.as_bytes())
                ),
            );
            let error = error.help(format!(
                "{count} such ({}{more}); `--drop-self-loops` skips them",
                listed.join(", ")
            ));
            return Err(match first.line {
                Some(line) => error.at_line(line),
                None => error,
            });
        }
        self.channels.retain(|staged| staged.ends[0] != staged.ends[1]);
        self.note(count as u64, "channels of a node with itself dropped");
        Ok(())
    }

    fn check_name(&self, name: &Cell<'_>) -> Result<(), DataError> {
        if self.options.rename || is_allowed(name.text) {
            return Ok(());
        }
        Err(name
            .error("is not a name: 1 to 80 of A-Z a-z 0-9 _ . : - and no - at the start")
            .help("`--rename` replaces such names by their index"))
    }
}

/// Replaces names that are not allowed by their index. The error is the name in the way.
fn rename<T>(items: &mut [T], name_of: fn(&mut T) -> &mut Box<str>) -> Result<u64, Box<str>> {
    let refused: Vec<usize> = (0..items.len())
        .filter(|&index| !is_allowed(name_of(&mut items[index]).as_bytes()))
        .collect();
    if refused.is_empty() {
        return Ok(0);
    }
    let mut kept: Vec<Box<str>> = items.iter_mut().map(|item| name_of(item).clone()).collect();
    kept.sort_unstable();
    for &index in &refused {
        let name: Box<str> = index.to_string().into();
        if kept.binary_search(&name).is_ok() {
            return Err(name);
        }
        *name_of(&mut items[index]) = name;
    }
    Ok(refused.len() as u64)
}

fn text(name: &Cell<'_>) -> Box<str> {
    String::from_utf8_lossy(name.text).into()
}

/// Names and where they were stated. Names that differ only in case or in blanks around them are
/// taken for a mistake. Never iterated over: the order of a hashed map is nobody's.
struct Names {
    what: &'static str,
    known: FxHashMap<Box<[u8]>, Known>,
}

struct Known {
    index: usize,
    at: At,
    /// As written, where that differs from the key.
    written: Option<Box<[u8]>>,
}

impl Names {
    fn new(what: &'static str) -> Self {
        Self { what, known: FxHashMap::default() }
    }

    /// Adds the next name; an error if it is there already.
    fn add(&mut self, name: &Cell<'_>) -> Result<(), DataError> {
        let index = self.known.len();
        let key = key(name);
        let written = (*key != *name.text).then(|| name.text.into());
        match self.known.entry(key.into()) {
            Entry::Vacant(place) => {
                place.insert(Known { index, at: name.at, written });
                Ok(())
            }
            Entry::Occupied(first) if first.get().written == written => {
                let rule = format!("is a {} already stated in {}", self.what, first.get().at);
                Err(name.error(rule).help("keep one of the two"))
            }
            Entry::Occupied(first) => Err(differs(self.what, name, first.key(), first.get())),
        }
    }

    /// The index of a name.
    fn get(&self, name: &Cell<'_>) -> Result<Option<usize>, DataError> {
        let key = key(name);
        match self.known.get(&*key) {
            Some(known) if *known.written.as_deref().unwrap_or(&key) == *name.text => {
                Ok(Some(known.index))
            }
            Some(known) => Err(differs(self.what, name, &key, known)),
            None => Ok(None),
        }
    }
}

fn differs(what: &str, name: &Cell<'_>, key: &[u8], known: &Known) -> DataError {
    let (written, at) = (quoted(known.written.as_deref().unwrap_or(key)), known.at);
    name.error(format_args!("differs only in case or blanks from the {what} {written} in {at}"))
        .help("write both alike, or name them apart")
}

/// What a name is known by; borrowed in the usual case, where it is written so.
fn key<'a>(name: &Cell<'a>) -> Cow<'a, [u8]> {
    let bare = name.text.trim_ascii();
    if bare.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(bare.to_ascii_lowercase())
    } else {
        Cow::Borrowed(bare)
    }
}
