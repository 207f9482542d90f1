use rivus_coding::availability::CtbScan;
use rivus_coding::ctu::maps::*;
use rivus_coding::ctu::record::*;
use rivus_coding::slice_data::*;
use rivus_coding::qp::QpState;
use rivus_syntax::bits::Rbsp;
use rivus_syntax::cabac::*;
use rivus_syntax::nal::*;
use rivus_syntax::ps::*;
use rivus_syntax::slice_header::*;

struct Stats { ctus: usize, coeffs: usize, bins: usize, checked: usize }

fn run(data: &[u8], rewrite: bool, st: &mut Stats) -> Result<(), String> {
    let mut store = ParameterSetStore::new();
    let mut prev: Option<SliceSegmentHeader> = None;
    let mut bottoms: Vec<CtuBottom> = vec![];
    let mut saos: Vec<SaoParams> = vec![];
    let mut maps = CtuMaps::default();
    let mut saved_end = None::<(ContextSet, QpState)>;
    let mut wpp: Vec<Option<ContextSet>> = vec![];
    let mut record = CtuRecord::default();
    let mut rbsp = Rbsp::new();
    for nal in NalUnits::new(data) {
        let Ok((h, payload)) = NalHeader::parse(&data[nal]) else { continue };
        if h.nuh_layer_id != 0 { continue }
        let t = nal_no(h.nal_unit_type);
        rbsp.unescape(payload);
        match t {
            33 => { store.put_sps(Sps::parse(rbsp.bytes()).map_err(|e| format!("sps {e}"))?); }
            34 => { store.put_pps(Pps::parse(rbsp.bytes()).map_err(|e| format!("pps {e}"))?); }
            0..=9 | 16..=21 => {
                let start = SliceSegmentStart::parse(rbsp.bytes(), h).map_err(|e| format!("start {e}"))?;
                let act = store.activate(start.slice_pic_parameter_set_id).map_err(|e| format!("activate {e}"))?;
                let (sps, pps, derived) = (&act.sps, &act.pps, &act.derived);
                if sps.sps_scc_extension_flag || pps.pps_scc_extension_flag { return Err("scc".into()) }
                let seg = SliceSegment::parse(&rbsp, h, sps, pps, prev.as_ref()).map_err(|e| format!("slice {e}"))?;
                let hd = &seg.header;
                let n = sps.pic_size_in_ctbs() as usize;
                if hd.first_slice_segment_in_pic_flag { bottoms = vec![CtuBottom::default(); n]; saos = vec![SaoParams::default(); n]; wpp = vec![None; n]; }
                let coding = SliceCoding::new(sps, pps, hd);
                let scan = CtbScan::new(sps, derived);
                let w = sps.pic_width_in_ctbs() as usize;
                let mut ts = derived.ctb_addr_rs_to_ts[hd.slice_segment_address as usize] as usize;
                let mut first = true;
                let mut ctx = coding.initial_contexts();
                let mut qp = coding.initial_qp();
                let subs = seg.substreams.len();
                for (si, range) in seg.substreams.iter().enumerate() {
                    let data = &rbsp.bytes()[range.clone()];
                    let mut cabac = CabacDecoder::new(data);
                    let mut ended = false;
                    let (mut recs, mut rec_maps) = (vec![], vec![]);
                    let mut start_ctx = None;
                    loop {
                        if ts >= n { return Err("ran past picture".into()) }
                        let rs = derived.ctb_addr_ts_to_rs[ts] as usize;
                        let (x, y) = (rs % w, rs / w);
                        let tile_start = ts == 0 || derived.tile_id[ts] != derived.tile_id[ts - 1];
                        let row_start = pps.entropy_coding_sync_enabled_flag && (x == 0 || derived.tile_id_rs[rs] != derived.tile_id_rs[rs - 1]);
                        let av = scan.neighbours(rs as u32, hd.slice_addr_rs);
                        if first && hd.dependent_slice_segment_flag {
                            let (c, q) = saved_end.ok_or("no saved")?;
                            ctx = c; qp = q;
                        }
                        if tile_start { ctx = coding.initial_contexts(); qp = coding.initial_qp(); }
                        else if row_start {
                            qp = coding.initial_qp();
                            ctx = coding.initial_contexts();
                            if av.up_right { ctx = wpp[rs - w + 1].ok_or("no wpp ctx")?; }
                        }
                        first = false;
                        if start_ctx.is_none() { start_ctx = Some(ctx); }
                        let size = 1u32 << coding.ctb_log2_size;
                        let b = |on: bool, i: usize| on.then(|| bottoms[i]);
                        let (a0, a1, a2) = (b(av.up_left, rs.wrapping_sub(w + 1)), b(av.up, rs.wrapping_sub(w)), b(av.up_right, rs.wrapping_sub(w).wrapping_add(1)));
                        maps.begin((x as u32 * size, y as u32 * size), (coding.pic_width, coding.pic_height), coding.ctb_log2_size, av, [a0.as_ref(), a1.as_ref(), a2.as_ref()]);
                        record.clear();
                        record.sao = sao::parse(&mut cabac, &mut ctx, &coding, av.left.then(|| &saos[rs - 1]), av.up.then(|| &saos[rs - w]));
                        if rewrite { rec_maps.push(maps.clone()); }
                        parse_ctu(&mut cabac, &mut ctx, &coding, &mut maps, &mut qp, &mut record).map_err(|e| format!("ctu {rs} poc {} sub {si}: {e}", hd.slice_pic_order_cnt_lsb))?;
                        if rewrite { recs.push((record.clone(), av)); }
                        st.ctus += 1; st.coeffs += record.coeffs.len();
                        saos[rs] = record.sao;
                        bottoms[rs] = maps.bottom();
                        wpp[rs] = Some(ctx);
                        let end = cabac.decode_terminate();
                        ts += 1;
                        if end { ended = true; break }
                        if ts < n {
                            let rs2 = derived.ctb_addr_ts_to_rs[ts] as usize;
                            let new_tile = pps.tiles_enabled_flag() && derived.tile_id[ts] != derived.tile_id[ts - 1];
                            let new_row = pps.entropy_coding_sync_enabled_flag && (rs2 % w == 0 || derived.tile_id[ts] != derived.tile_id[derived.ctb_addr_rs_to_ts[rs2 - 1] as usize]);
                            if new_tile || new_row {
                                parse_end_of_subset_one_bit(&mut cabac).map_err(|e| format!("{e}"))?;
                                break;
                            }
                        }
                    }
                    if cabac.is_overrun() { return Err("overrun".into()) }
                    let rest = cabac.after_terminate();
                    if rest.iter().any(|&b| b != 0) && !(si + 1 == subs && rest.iter().all(|&b| b == 0 || b == 3)) { return Err(format!("{} bytes left in substream {si}/{subs}", rest.len())) }
                    if ended != (si + 1 == subs) { return Err(format!("ended {ended} sub {si}/{subs}")) }
                    st.bins += data.len();
                    if rewrite {
                        let mut wr = CabacWriter::new(vec![], start_ctx.unwrap());
                        let count = recs.len();
                        for (i, ((r, av), m)) in recs.iter().zip(rec_maps.iter_mut()).enumerate() {
                            sao::write(&mut wr, &coding, &r.sao, av.left, av.up);
                            write_ctu(&mut wr, &coding, m, r);
                            let last = i + 1 == count;
                            write_end_of_slice_segment_flag(&mut wr, last && ended);
                            if last && !ended { write_end_of_subset_one_bit(&mut wr); }
                        }
                        let out = wr.finish();
                        let used = &data[..data.len() - rest.len()];
                        if out == used { st.checked += 1 } else { return Err(format!("rewrite differs: {} vs {} bytes, first diff {:?}", out.len(), used.len(), out.iter().zip(used).position(|(a, b)| a != b))) }
                    }
                }
                saved_end = Some((ctx, qp));
                prev = Some(hd.clone());
            }
            _ => {}
        }
    }
    Ok(())
}

fn main() {
    let rewrite = std::env::var("REWRITE").is_ok();
    let (mut ok, mut bad) = (0, 0);
    for path in std::env::args().skip(1) {
        let data = std::fs::read(&path).unwrap();
        let mut st = Stats { ctus: 0, coeffs: 0, bins: 0, checked: 0 };
        let t = std::time::Instant::now();
        let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&data, rewrite, &mut st)));
        let dt = t.elapsed().as_secs_f64();
        match r {
            Ok(Ok(())) => { ok += 1; if std::env::var("V").is_ok() { println!("{path}: {} ctus {} coeffs {:.1} Mbit in {:.3}s = {:.1} Mbit/s, {} rewritten", st.ctus, st.coeffs, st.bins as f64 * 8e-6, dt, st.bins as f64 * 8e-6 / dt, st.checked) } }
            Ok(Err(e)) => { bad += 1; println!("{path}: {e} (after {} ctus)", st.ctus) }
            Err(_) => { bad += 1; println!("{path}: PANIC") }
        }
    }
    println!("{ok} ok, {bad} bad");
}
fn nal_no(t: NalUnitType) -> u8 { t.value() }
