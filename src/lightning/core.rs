//! What all parts need, lent to them and owned by none: the world, the parameters and the channels.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::channel::Channels;
use crate::ids::{DirectedChannel, NodeId};
use crate::lightning::params::LightningParams;
use crate::lightning::plan_ahead::Speculation;
use crate::lightning::topology::terms::Habits;
use crate::network::{Network, Software};
use crate::payment::Sender;
use crate::routing::View;
use crate::units::Msat;

/// The world, the parameters, and the money.
#[derive(Serialize, Deserialize)]
pub(in crate::lightning) struct Core {
    /// What is derived from files and parameters.
    #[serde(skip)]
    pub(in crate::lightning) world: World,
    /// Read-only during a run.
    pub(in crate::lightning) params: LightningParams,
    pub(in crate::lightning) channels: Channels,
    /// What each side had at the start of each channel.
    pub(in crate::lightning) initial: Vec<[Msat; 2]>,
}

impl Core {
    /// What a node runs; lnd where the network does not tell.
    pub(in crate::lightning) fn software(&self, node: NodeId) -> Software {
        self.world.network.node(node).software.unwrap_or(Software::Lnd)
    }
}

/// What a system needs and does not save: it comes from files and parameters alone.
#[derive(Default)]
pub struct World {
    /// The public network.
    pub(super) network: Network,
    /// Its compact form for searches.
    pub(super) view: Arc<View>,
    /// The payers' algorithm; always there after [`World::new`].
    sender: Option<Arc<dyn Sender>>,
    /// Plans made ahead with this view.
    pub(super) speculation: Speculation,
}

impl World {
    /// Derives everything from `network` and the parameters.
    pub fn new(network: Network, params: &LightningParams) -> Self {
        let sender = params.router.sender();
        let view = Arc::new(View::compile(&network));
        Self { network, view, sender: Some(sender), speculation: Speculation::default() }
    }

    /// The directions in which `node` sends, of its open channels, ascending.
    pub(super) fn own(&self, node: NodeId) -> &[DirectedChannel] {
        self.view.local_channels(node)
    }

    /// Changes the view. Whoever plans ahead with it lets go of it before.
    pub(super) fn change_view(&mut self, change: impl FnOnce(&mut View, &Network)) {
        self.speculation.forget();
        debug_assert_eq!(Arc::strong_count(&self.view), 1, "a shared view would be copied");
        change(Arc::make_mut(&mut self.view), &self.network);
    }

    /// The view, for another thread.
    pub(super) fn shared_view(&self) -> Arc<View> {
        Arc::clone(&self.view)
    }

    /// The payers' algorithm, for another thread.
    pub(super) fn shared_sender(&self) -> Arc<dyn Sender> {
        Arc::clone(self.sender.as_ref().expect("a world is built before the first payment"))
    }

    /// The blocks that payers leave to `payee`.
    pub(super) fn final_cltv(&self, payee: NodeId) -> u32 {
        self.sender().final_cltv(self.min_final_cltv(payee))
    }

    /// The blocks with which an HTLC must arrive at `payee`.
    pub(super) fn accepted_cltv(&self, payee: NodeId) -> u32 {
        self.sender().accepted_cltv(self.min_final_cltv(payee))
    }

    fn min_final_cltv(&self, payee: NodeId) -> u32 {
        let software = self.network.node(payee).software.unwrap_or(Software::Lnd);
        Habits::of(software).min_final_cltv_expiry_delta
    }

    /// The payers' algorithm.
    pub(super) fn sender(&self) -> &dyn Sender {
        self.sender.as_deref().expect("a world is built before the first payment")
    }
}
