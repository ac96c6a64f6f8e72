//! Each table: a row with another value in every field puts each value under its header.

use crate::ids::SystemName;
use crate::metrics::{SamplingInterval, Summary};
use crate::prices::Prices;
use crate::report::table::{Named, RowType, Table, WithNames};
use crate::report::tables::{
    all, attacks, attempts, batches, bitcoin_blocks, channels, closures, comparison,
    ethereum_blocks, losses, nodes, of_system, payments, timeseries, timeseries_of,
};
use crate::report::{test_run, testing};
use crate::rows::Window;
use crate::rows::testing as sample_rows;

/// Header and cells of one row.
fn filled<R: RowType>(table: &Table<R>, row: &R::Of<'_>) -> String {
    testing::filled(table, row, |_| Vec::new())
}

/// The same for a row that refers to nodes and channels.
fn named<T: 'static>(table: &Table<WithNames<T>>, row: &T) -> String {
    filled(table, &Named { row, names: &test_run::names() })
}

#[test]
fn payments_and_attempts() {
    assert_eq!(
        named(&payments::TABLE, &sample_rows::payment()),
        "id=7 payer=alice payee=bob amount_msat=5000 submitted_s=1.000000000 measured=true \
         outcome=settled failure=fee_limit last_error=fee_insufficient settled_s=2.000000000 \
         payer_known_s=3.000000000 final_s=4.000000000 ended_s=6.000000000 attempts=8 searches=9 \
         parts=10 hops=11 fee_msat=12 price_usd=0.125 resource_usd=0.25 included_s=13.000000000 \
         withdrawable_s=14.000000000 latency_s=2.000000000 feasible=true shortage=depleted"
    );
    assert_eq!(
        filled(
            &attempts::TABLE,
            &Named { row: &sample_rows::attempt(), names: &test_run::names() }
        ),
        "id=7 part=1 attempt=2 sent_s=3.000000000 ended_s=4.000000000 amount_msat=5 fee_msat=6 \
         cltv=80 route=a-b a-b outcome=failed error=temporary_channel_failure error_hop=9"
    );
}

#[test]
fn channels_and_nodes() {
    assert_eq!(
        named(&channels::TABLE, &sample_rows::channel()),
        "channel=a-b node1=alice node2=bob capacity_sat=100 opened_s=1.000000000 \
         closed_s=2.000000000 balance1_msat=60000 balance2_msat=40000 initial1_msat=50000 \
         initial2_msat=50001 forwarded1_msat=3 forwarded2_msat=4 settled1=5 settled2=6 failed1=7 \
         failed2=8 fees1_msat=9 fees2_msat=10 updates=11"
    );
    assert_eq!(
        named(&nodes::TABLE, &sample_rows::node()),
        "node=bob software=cln degree=1 capacity_sat=100 online_share=0.75 sent=3 received=4 \
         forwarded=5 forwarded_msat=6 fees_earned_msat=7 fees_paid_msat=8 onchain_fees_msat=9 \
         losses_msat=10 wealth_start_msat=50000 wealth_end_msat=40000 searches=11 beliefs=12"
    );
}

#[test]
fn blocks_and_batches() {
    assert_eq!(
        filled(&bitcoin_blocks::TABLE, &sample_rows::block()),
        "height=1 time_s=2.000000000 weight_wu=3 fullness=0.5 transactions=4 fees_sat=5 \
         lowest_feerate_sat_kvb=1000 median_feerate_sat_kvb=1004 waiting_wu=6 \
         waiting_transactions=7 minimum_feerate_sat_kvb=1008 own_transactions=8 own_weight_wu=9 \
         own_fees_sat=10"
    );
    assert_eq!(
        filled(&ethereum_blocks::TABLE, &sample_rows::ethereum_block()),
        "number=1 slot=2 time_s=3.000000000 gas_used=4 gas_limit=5 base_fee_wei=6 blobs=7 \
         max_blobs=8 blob_fee_wei=9 transactions=10 own_gas=11 paid_eth=0.5 \
         waiting_transactions=12 waiting_gas=13 waiting_blobs=14"
    );
    let root = "ab".repeat(32);
    assert_eq!(
        filled(&batches::TABLE, &sample_rows::batch()),
        format!(
            "number=1 opened_s=2.000000000 sealed_s=3.000000000 sealed_by=age payments=4 \
             operations=5 fullness=0.125 bytes=6 root={root} fees_msat=7 waiting_payments=8 \
             waiting_batches=9 posted_s=10.000000000 proven_s=11.000000000 final_s=12.000000000 \
             executed_s=13.000000000 gas=14 blobs=0.5 cost_usd=0.25 proving_usd=0.75 faults=15"
        )
    );
}

#[test]
fn attacks_closures_and_losses() {
    assert_eq!(
        filled(&attacks::TABLE, &Named { row: &sample_rows::attack(), names: &test_run::names() }),
        "attack=thieves kind=slow_jamming attempt=3 attacker=bob victim=alice channel=a-b \
         start_s=1.000000000 start_height=7 number_used=8 number_current=9 gain_msat=10 \
         stake_msat=11 victim_online=true tower=true tower_covers=false confirmed_height=17 \
         detected_s=2.000000000 detected_by=node justice_sent_s=4.000000000 \
         justice_feerate_sat_kvb=12 justice_height=18 deadline_height=13 outcome=partly \
         cause=refused attacker_net_msat=-5 victim_net_msat=5 fees_msat=14 locked_msat_s=15 \
         htlcs=16 bits=0.5 slot_s=18"
    );
    assert_eq!(
        named(&closures::TABLE, &sample_rows::closure()),
        "channel=a-b node1=alice node2=bob capacity_sat=100 anchors=true kind=unilateral \
         cause=peer_gone by=bob commitment_number=2 decided_s=3.000000000 broadcast_height=4 \
         confirmed_height=5 resolved_height=6 buried_height=7 htlcs=30 trimmed=9 timed_out=10 \
         claimed=11 penalised=12 weight_wu=13 fee_node1_msat=14 fee_node2_msat=15 \
         node1_start_msat=16 node2_start_msat=17 node1_end_msat=-18 node2_end_msat=19 \
         rounding_msat=20 loss_msat=21 loser=alice"
    );
    assert_eq!(
        named(&losses::TABLE, &sample_rows::loss()),
        "time_s=1.000000000 height=2 node=alice channel=a-b payment=3 part=4 \
         kind=preimage_too_late amount_msat=5 cause=htlc_deadline"
    );
}

#[test]
fn every_time_series() {
    let mut interval = SamplingInterval::default();
    for _ in 0..9 {
        interval.offered();
    }
    let mut failed = sample_rows::payment();
    failed.outcome = crate::outcome::Outcome::Failed;
    for row in [failed, failed, sample_rows::payment()] {
        interval.payment(&row);
    }
    let row = interval.close(&sample_rows::sample());
    let common = "t_s=60.000000000 offered=9 settled=1 failed=2 pending=6 settled_msat=5000 \
                  latency_p50_s=2.000000000 ";
    for (table, own) in [
        (
            &timeseries::LIGHTNING,
            "htlcs_in_flight=1 msat_in_flight=2 channels_open=3 channels_closing=4 \
             nodes_online=5 depleted_share=0.5 imbalance_mean=0.25 full_directions=8 height=9 \
             feerate_sat_kvb=1000 mempool_wu=11 newly_depleted_share=0.125 \
             replenished_share=0.375",
        ),
        (
            &timeseries::CARD,
            "authorising=21 switch_wait_s=22.000000000 unsettled_msat=23 network_up=true",
        ),
        (&timeseries::BITCOIN, "height=31 feerate_sat_kvb=1012 mempool_wu=33 own_waiting=34"),
        (&timeseries::ETHEREUM, "height=41 base_fee_wei=42 waiting_transactions=44"),
        (
            &timeseries::ROLLUP,
            "queue=51 open_batch=52 provers_busy=53 unproven_batches=54 unfinal_batches=55 \
             withdrawing_msat=56 height=57 base_fee_wei=58 blob_fee_wei=59 \
             waiting_transactions=60",
        ),
    ] {
        assert_eq!(filled(table, &row), format!("{common}{own}"));
    }
}

#[test]
fn the_comparison() {
    let window = Window { from: sample_rows::at(0), to: sample_rows::at(100) };
    let mut result = Summary::new(window, Prices::default()).result();
    let mut next = 0.0;
    let mut number = || {
        next += 1.0;
        next
    };
    let counts = &mut result.measured;
    (counts.offered, counts.settled, counts.failed, counts.pending) = (101, 102, 103, 104);
    let ratio = &mut result.success.success_ratio;
    (ratio.value, ratio.low, ratio.high) = (Some(number()), Some(number()), Some(number()));
    let (latency, costs) = (&mut result.latency, &mut result.costs);
    for estimate in [
        &mut result.success.success_volume_ratio,
        &mut result.throughput.offered_per_s,
        &mut result.throughput.settled_per_s,
        &mut latency.payer_known.p50_s,
        &mut latency.payer_known.p95_s,
        &mut latency.payer_known.p99_s,
        &mut latency.included.p50_s,
        &mut latency.included.p95_s,
        &mut latency.finality.p50_s,
        &mut latency.finality.p95_s,
        &mut latency.finality.p99_s,
        &mut latency.withdrawable.p50_s,
        &mut costs.price_mean_usd,
        &mut costs.price_median_usd,
    ] {
        estimate.value = Some(number());
    }
    let (footprint, capital) = (&mut result.footprint, &mut result.capital);
    for figure in [
        &mut costs.resource_mean_usd,
        &mut costs.resource_l1_usd,
        &mut costs.resource_operator_usd,
        &mut costs.resource_capital_usd,
        &mut costs.resource_setup_usd,
        &mut footprint.l1_weight_per_payment,
        &mut footprint.l1_gas_per_payment,
        &mut footprint.l1_bytes_per_payment,
        &mut capital.locked_usd,
        &mut capital.velocity_per_day,
        &mut capital.cost_usd_per_payment,
        &mut capital.value_at_risk_usd,
        &mut capital.users_spendable_usd,
        &mut capital.users_locked_usd,
        &mut capital.others_liquidity_usd,
    ] {
        *figure = Some(number());
    }
    result.needs.offline_failures = 105;
    "nobody".clone_into(&mut result.needs.trust);
    "payee".clone_into(&mut result.needs.online_required);
    let row = comparison::ComparedRow { system: SystemName::Card, result: &result };
    assert_eq!(
        filled(&comparison::TABLE, &row),
        "system=card window_s=100 offered=101 settled=102 failed=103 pending=104 success_ratio=1 \
         success_low=2 success_high=3 success_volume_ratio=4 offered_tps=5 settled_tps=6 \
         latency_p50_s=7 latency_p95_s=8 latency_p99_s=9 included_p50_s=10 included_p95_s=11 \
         finality_p50_s=12 finality_p95_s=13 finality_p99_s=14 withdrawable_p50_s=15 \
         price_mean_usd=16 price_median_usd=17 resource_mean_usd=18 resource_l1_usd=19 \
         resource_operator_usd=20 resource_capital_usd=21 resource_setup_usd=22 \
         l1_weight_per_payment=23 l1_gas_per_payment=24 l1_bytes_per_payment=25 \
         locked_capital_usd=26 capital_velocity_per_day=27 liquidity_cost_usd_per_payment=28 \
         offline_failures=105 value_at_risk_usd=29 trust=nobody online_required=payee \
         users_spendable_usd=30 users_locked_usd=31 others_liquidity_usd=32"
    );
}

#[test]
fn the_tables_of_every_system_stand_in_the_list_of_all() {
    let all: Vec<_> = all().iter().map(|table| table.heading()).collect();
    for system in SystemName::ALL {
        let own: Vec<_> = of_system(*system).iter().map(|table| table.heading()).collect();
        assert!(own.contains(&timeseries_of(*system).heading), "{system}");
        assert!(own.iter().all(|heading| all.contains(heading)), "{system}: {own:?}");
    }
}
