//! The workload as a whole.

use super::*;
use crate::network::Node;
use crate::units::{Msat, SimDuration};

fn network() -> Network {
    let mut network = Network::default();
    for i in 0..20 {
        network.add_node(Node { name: format!("n{i}").into(), software: None });
    }
    network
}

fn generated(arrivals: Arrivals, amount: Amount, endpoints: Endpoints) -> Vec<Demand> {
    let source = Source::Generated {
        arrivals,
        amount,
        endpoints,
        among: Among::All,
        funded: Funded::Nobody,
    };
    let stop = Stop { time: None, payments: Some(500) };
    let prepared =
        prepare(&Demands { source, stop }, &network(), &[], None, Seeds::new(5, 0)).unwrap();
    prepared.demands.iter().collect()
}

const POISSON: Arrivals = Arrivals::Poisson { rate: 2.0 };
const LOGNORMAL: Amount = Amount::Lognormal { median: Msat(10_000_000), sigma: 1.5, max: None };

#[test]
fn another_model_for_one_moves_no_draw_of_the_others() {
    let base = generated(POISSON, LOGNORMAL, Endpoints::Uniform);
    let parties =
        |demands: &[Demand]| demands.iter().map(|d| (d.payer, d.payee)).collect::<Vec<_>>();
    let amounts = |demands: &[Demand]| demands.iter().map(|d| d.amount).collect::<Vec<_>>();
    let times = |demands: &[Demand]| demands.iter().map(|d| d.at).collect::<Vec<_>>();

    let other = generated(Arrivals::Constant { rate: 1.0 }, LOGNORMAL, Endpoints::Uniform);
    assert_eq!((parties(&base), amounts(&base)), (parties(&other), amounts(&other)));
    assert_ne!(times(&base), times(&other));

    let fixed = Amount::Fixed { value: Msat(1) };
    let other = generated(POISSON, fixed, Endpoints::Uniform);
    assert_eq!((parties(&base), times(&base)), (parties(&other), times(&other)));

    let circulation = Endpoints::Circulation { share: 0.5, pairs: 9 };
    let other = generated(POISSON, LOGNORMAL, circulation);
    assert_eq!((amounts(&base), times(&base)), (amounts(&other), times(&other)));
    assert_ne!(parties(&base), parties(&other));
}

#[test]
fn demands_are_numbered_and_skipping_equals_having_taken() {
    let source = Source::Generated {
        arrivals: POISSON,
        amount: LOGNORMAL,
        endpoints: Endpoints::Uniform,
        among: Among::All,
        funded: Funded::Nobody,
    };
    let stop = Stop { time: None, payments: Some(300) };
    let prepared =
        prepare(&Demands { source, stop }, &network(), &[], None, Seeds::new(6, 0)).unwrap();
    let all: Vec<Demand> = prepared.demands.iter().collect();
    assert!(all.iter().zip(0..).all(|(demand, number)| demand.id == number));
    assert_eq!(all.len(), 300);
    assert_eq!(prepared.end_of_arrivals, Some(all[299].at));
    let mut taken = prepared.demands.iter();
    taken.by_ref().take(120).for_each(drop);
    assert!(taken.clone().eq(prepared.demands.iter().skip(120)));
    assert_eq!(taken.collect::<Vec<_>>(), all[120..]);
}

#[test]
fn whichever_stop_comes_first_ends_the_arrivals() {
    let arrivals = Arrivals::Constant { rate: 1.0 };
    let amount = Amount::Fixed { value: Msat(7) };
    let prepared = |time: Option<u64>, payments| {
        let time = time.map(|secs| SimTime::ZERO + SimDuration::from_secs(secs));
        let (amount, endpoints, among) = (amount.clone(), Endpoints::Uniform, Among::All);
        let source =
            Source::Generated { arrivals, amount, endpoints, among, funded: Funded::Nobody };
        let params = Demands { source, stop: Stop { time, payments } };
        let prepared = prepare(&params, &network(), &[], None, Seeds::new(7, 0));
        prepared.map(|prepared| (prepared.demands.iter().count(), prepared.end_of_arrivals))
    };
    let ninth = Some(SimTime::ZERO + SimDuration::from_secs(8));
    assert_eq!(prepared(Some(10), None), Ok((10, None)));
    assert_eq!(prepared(Some(10), Some(20)), Ok((10, None)));
    assert_eq!(prepared(Some(10), Some(9)), Ok((9, ninth)));
    assert_eq!(prepared(None, Some(9)), Ok((9, ninth)));
    assert_eq!(prepared(None, Some(0)), Ok((0, None)));
    assert!(prepared(None, None).is_err());
}

#[test]
fn endpoints_outside_the_core_are_left_out_and_counted() {
    let core: Vec<NodeId> = [9, 4, 6].map(NodeId).to_vec();
    let source = Source::Generated {
        arrivals: POISSON,
        amount: LOGNORMAL,
        endpoints: Endpoints::Uniform,
        among: Among::Core,
        funded: Funded::Nobody,
    };
    let stop = Stop { time: None, payments: Some(100) };
    let params = Demands { source, stop };
    let prepared = prepare(&params, &network(), &core, None, Seeds::new(8, 0)).unwrap();
    assert_eq!(prepared.notes, ["endpoints: 3 of 20 nodes (core); 17 left out"]);
    assert!(prepared.demands.iter().all(|d| core.contains(&d.payer) && core.contains(&d.payee)));
    assert!(prepare(&params, &network(), &core[..1], None, Seeds::new(8, 0)).is_err());
}

#[test]
fn a_replay_keeps_ids_and_says_what_it_leaves_out() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "id,payer,payee,amount_msat,at_s\n7,n1,n2,500,0.25\n3,n2,n1,600,1\n4,n0,n1,1,2\n";
    std::fs::write(file.path(), text).unwrap();
    let path = file.path().to_path_buf();
    let stop = Stop { time: Some(SimTime(2_000_000_000)), payments: None };
    let params = Demands { source: Source::Trace { path }, stop };
    let prepared = prepare(&params, &network(), &[], None, Seeds::new(9, 0)).unwrap();
    let [n1, n2] = [1, 2].map(NodeId);
    let demand = |id, payer, payee, amount, at| Demand {
        id,
        payer,
        payee,
        amount: Msat(amount),
        at: SimTime(at),
    };
    let expected = [demand(7, n1, n2, 500, 250_000_000), demand(3, n2, n1, 600, 1_000_000_000)];
    assert_eq!(prepared.demands.iter().collect::<Vec<_>>(), expected);
    assert!(prepared.notes[1].ends_with("after the horizon and are left out: 1"));
    assert_eq!(prepared.end_of_arrivals, None);
    assert_eq!(prepared.input_hash, Some(blake3::hash(text.as_bytes()).to_hex().to_string()));
}

#[test]
fn a_run_of_ours_can_be_replayed_from_its_payments_in_order_of_submission() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "id,payer,payee,amount_msat,submitted_s,measured,outcome\n\
                1,n1,n2,500,2.000000000,true,settled\n0,n2,n1,600,1.000000000,true,failed\n";
    std::fs::write(file.path(), text).unwrap();
    let source = Source::Trace { path: file.path().to_path_buf() };
    let params = Demands { source, stop: Stop { time: None, payments: None } };
    let prepared = prepare(&params, &network(), &[], None, Seeds::new(9, 0)).unwrap();
    let ids: Vec<u64> = prepared.demands.iter().map(|demand| demand.id).collect();
    assert_eq!(ids, [0, 1]);
    assert_eq!(prepared.end_of_arrivals, Some(SimTime(2_000_000_000)));
}
