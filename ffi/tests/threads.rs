//! Any thread may use any handle.

mod common;

use common::{Config, Encoder, Packet, Samples, encode, samples, sized, text};
use rivus_ffi::config::*;
use rivus_ffi::decoder::*;
use rivus_ffi::encoder::*;
use rivus_ffi::error::RivusStatus;
use rivus_ffi::frame::*;
use rivus_ffi::packet::rivus_packet_reconstruction;
use std::ptr::null_mut;

/// A handle that threads share, or that goes from one to another.
struct Shared<T>(*mut T);

// SAFETY: any thread may use a handle.
unsafe impl<T> Sync for Shared<T> {}
// SAFETY: as before.
unsafe impl<T> Send for Shared<T> {}

impl<T> Shared<T> {
    fn get(&self) -> *mut T {
        self.0
    }
}

/// One encoder, many threads: a thread sends, another receives, a third asks for statistics. Nothing is lost.
#[test]
fn threads_share_an_encoder() {
    let encoder = Encoder::new(&[("threads", "2")]);
    let shared = &Shared(encoder.0);
    let received = std::thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            let mut received = 0;
            loop {
                let mut packet = null_mut();
                // SAFETY: a live handle and a valid place; then a live packet.
                match unsafe { rivus_encoder_receive(shared.get(), &mut packet) } {
                    RivusStatus::Ok => received += 1,
                    RivusStatus::Again => std::thread::yield_now(),
                    status => break assert_eq!(status, RivusStatus::End),
                }
                drop(Packet(packet));
            }
            received
        });
        scope.spawn(|| {
            for _ in 0..100 {
                let mut statistics: RivusEncoderStatistics = sized();
                // SAFETY: a live handle and a struct of its size.
                let told = unsafe { rivus_encoder_statistics(shared.get(), &mut statistics) };
                assert_eq!(told, RivusStatus::Ok);
                assert!(statistics.packets_out <= statistics.pictures_in);
            }
        });
        for n in 0..40u8 {
            let samples = Samples::<u8>::new(n, |v| v);
            assert_eq!(encoder.send(&samples.picture(8, n.into())), RivusStatus::Ok);
        }
        // SAFETY: a live handle.
        assert_eq!(unsafe { rivus_encoder_flush(shared.get()) }, RivusStatus::Ok);
        receiver.join().expect("no panic")
    });
    assert_eq!(received, 40);
}

/// One decoder: a thread sends, two receive, one asks for the last error and statistics. Every frame comes out once.
#[test]
fn threads_share_a_decoder() {
    let packets = encode(&Encoder::new(&[("keyint", "10")]), 40, 8, |_, _| ());
    let mut decoder = null_mut();
    // SAFETY: a valid place.
    assert_eq!(unsafe { rivus_decoder_create(null_mut(), &mut decoder) }, RivusStatus::Ok);
    let shared = &Shared(decoder);
    let receive = || {
        let mut times = Vec::new();
        loop {
            let mut frame = null_mut();
            // SAFETY: a live handle and a valid place; then a live frame.
            match unsafe { rivus_decoder_receive(shared.get(), &mut frame) } {
                RivusStatus::Ok => times.push(samples(frame).0.pts),
                RivusStatus::Again => std::thread::yield_now(),
                status => break assert_eq!(status, RivusStatus::End),
            }
            // SAFETY: null or a live frame.
            unsafe { rivus_frame_destroy(&mut frame) };
        }
        times
    };
    let mut times = std::thread::scope(|scope| {
        let receivers = [scope.spawn(receive), scope.spawn(receive)];
        scope.spawn(|| {
            for _ in 0..100 {
                let mut statistics: RivusDecoderStatistics = sized();
                // SAFETY: a live handle and a struct of its size.
                let told = unsafe { rivus_decoder_statistics(shared.get(), &mut statistics) };
                assert_eq!(told, RivusStatus::Ok);
                assert!(statistics.output_pictures <= statistics.decoded_pictures);
                // SAFETY: a live handle.
                assert_eq!(text(unsafe { rivus_decoder_error(shared.get()) }), "");
            }
        });
        for packet in &packets {
            let (data, pts) = (packet.data(), packet.info().pts);
            // SAFETY: a live handle and valid data.
            let sent =
                unsafe { rivus_decoder_send_access_unit(shared.get(), data.as_ptr(), data.len(), pts) };
            assert_eq!(sent, RivusStatus::Ok);
        }
        // SAFETY: a live handle.
        assert_eq!(unsafe { rivus_decoder_flush(shared.get()) }, RivusStatus::Ok);
        receivers.into_iter().flat_map(|receiver| receiver.join().expect("no panic")).collect::<Vec<_>>()
    });
    times.sort_unstable();
    assert_eq!(times, (0..40).collect::<Vec<_>>());
    // SAFETY: a live handle, which no other thread uses any more.
    unsafe { rivus_decoder_destroy(&mut decoder) };
}

/// Encoders may be made of one configuration on several threads while others change it, and work at the same time.
#[test]
fn threads_share_a_configuration() {
    let config = Config::new(&[("preset", "ultrafast"), ("threads", "2")]);
    let shared = &Shared(config.0);
    std::thread::scope(|scope| {
        for number in 0..4u8 {
            scope.spawn(move || {
                let mut encoder = null_mut();
                // SAFETY: live handles, a valid place, and texts.
                unsafe {
                    let set = rivus_config_set(shared.get(), c"crf".as_ptr(), c"30".as_ptr());
                    assert_eq!(set, RivusStatus::Ok);
                    let wrong = rivus_config_set(shared.get(), c"crf".as_ptr(), c"high".as_ptr());
                    assert_eq!(wrong, RivusStatus::ErrorValue);
                    assert_eq!(rivus_encoder_create(shared.get(), &mut encoder), RivusStatus::Ok);
                }
                assert_eq!(
                    encode(&Encoder(encoder), 5 + number, 8, |_, _| ()).len(),
                    5 + usize::from(number)
                );
            });
        }
    });
}

/// Packets and frames may be read by several threads, and destroyed by another than they were made by, as encoders may.
#[test]
fn handles_go_from_thread_to_thread() {
    let encoder = Encoder::new(&[("recon", "1")]);
    let packets = encode(&encoder, 4, 8, |_, _| ());
    let mut frame = null_mut();
    // SAFETY: a live packet and a valid place.
    assert_eq!(unsafe { rivus_packet_reconstruction(packets[0].0, &mut frame) }, RivusStatus::Ok);
    let (packet, expected, expected_samples) = (&Shared(packets[0].0), packets[0].data(), samples(frame).1);
    let shared = &Shared(frame);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let packet = std::mem::ManuallyDrop::new(Packet(packet.get()));
                let mut copy = null_mut();
                // SAFETY: a live frame and a valid place.
                assert_eq!(unsafe { rivus_frame_share(shared.get(), &mut copy) }, RivusStatus::Ok);
                assert!(packet.data() == expected && samples(copy).1 == expected_samples);
                // SAFETY: a live frame.
                unsafe { rivus_frame_destroy(&mut copy) };
            });
        }
    });
    let (moved, frame) = (Shared(encoder.0), Shared(frame));
    std::mem::forget(encoder);
    let destroy = move || {
        let (mut encoder, mut frame) = (moved.get(), frame.get());
        // SAFETY: live handles that no other thread uses any more.
        unsafe {
            rivus_encoder_destroy(&mut encoder);
            rivus_frame_destroy(&mut frame);
        }
    };
    std::thread::spawn(destroy).join().expect("no panic");
}
