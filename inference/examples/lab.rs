//! lab FILE groups=X,Y,Z binds=buf:N;ubo:N;tex:WxH;stex:WxH macs=N [unchecked] [D=K=V]
#![allow(unsafe_code, clippy::all, missing_docs)]
use std::time::Instant;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut src = std::fs::read_to_string(&args[0]).unwrap();
    let (mut groups, mut binds, mut macs, mut unchecked) = (vec![1u32, 1, 1], String::new(), 0f64, false);
    let mut trusted = false;
    for a in &args[1..] {
        if let Some(v) = a.strip_prefix("groups=") {
            groups = v.split(',').map(|x| x.parse().unwrap()).collect()
        } else if let Some(v) = a.strip_prefix("binds=") {
            binds = v.into()
        } else if let Some(v) = a.strip_prefix("macs=") {
            macs = v.parse().unwrap()
        } else if a == "unchecked" {
            unchecked = true
        } else if a == "trusted" {
            trusted = true
        } else if let Some(v) = a.strip_prefix("D=") {
            let (k, x) = v.split_once('=').unwrap();
            src = src.replace(k, x)
        }
    }
    let inst = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let ad = pollster::block_on(inst.enumerate_adapters(wgpu::Backends::VULKAN)).remove(0);
    let f = ad.features()
        & (wgpu::Features::SUBGROUP
            | wgpu::Features::TIMESTAMP_QUERY
            | wgpu::Features::TEXTURE_ADAPTER_SPECIFIC_FORMAT_FEATURES);
    let (dev, q) = pollster::block_on(ad.request_device(&wgpu::DeviceDescriptor {
        required_features: f,
        required_limits: ad.limits(),
        ..Default::default()
    }))
    .unwrap();
    let t = Instant::now();
    let d = wgpu::ShaderModuleDescriptor { label: None, source: wgpu::ShaderSource::Wgsl(src.into()) };
    let m = if unchecked {
        unsafe { dev.create_shader_module_trusted(d, wgpu::ShaderRuntimeChecks::unchecked()) }
    } else if trusted {
        unsafe {
            dev.create_shader_module_trusted(
                d,
                wgpu::ShaderRuntimeChecks { force_loop_bounding: false, ..wgpu::ShaderRuntimeChecks::checked() },
            )
        }
    } else {
        dev.create_shader_module(d)
    };
    let p = dev.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &m,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        },
        cache: None,
    });
    let cold = t.elapsed();
    let mut bufs = vec![];
    let mut texs = vec![];
    enum R {
        B(usize),
        T(usize),
    }
    let mut rs = vec![];
    for b in binds.split(';').filter(|b| !b.is_empty()) {
        let (k, v) = b.split_once(':').unwrap();
        if k == "u32" {
            let vals: Vec<u32> = v.split(',').map(|x| x.parse().unwrap()).collect();
            let bf = dev.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: (vals.len() * 4) as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            q.write_buffer(&bf, 0, bytemuck::cast_slice(&vals));
            rs.push(R::B(bufs.len()));
            bufs.push(bf);
        } else if k == "buf" || k == "ubo" {
            let n: u64 = v.parse::<u64>().unwrap() * 4;
            let u = if k == "buf" { wgpu::BufferUsages::STORAGE } else { wgpu::BufferUsages::UNIFORM };
            let bf = dev.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: n,
                usage: u | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            });
            let data: Vec<f32> = (0..n / 4).map(|i| ((i * 7919) % 1000) as f32 * 1e-3).collect();
            q.write_buffer(&bf, 0, bytemuck::cast_slice(&data));
            rs.push(R::B(bufs.len()));
            bufs.push(bf);
        } else {
            let (w, h) = v.split_once('x').unwrap();
            let tx = dev.create_texture(&wgpu::TextureDescriptor {
                label: None,
                size: wgpu::Extent3d {
                    width: w.parse().unwrap(),
                    height: h.parse().unwrap(),
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::Rgba32Float,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::STORAGE_BINDING,
                view_formats: &[],
            });
            rs.push(R::T(texs.len()));
            texs.push(tx.create_view(&Default::default()));
        }
    }
    let entries: Vec<_> = rs
        .iter()
        .enumerate()
        .map(|(i, r)| wgpu::BindGroupEntry {
            binding: i as u32,
            resource: match r {
                R::B(k) => bufs[*k].as_entire_binding(),
                R::T(k) => wgpu::BindingResource::TextureView(&texs[*k]),
            },
        })
        .collect();
    let bg = dev.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &p.get_bind_group_layout(0),
        entries: &entries,
    });
    let reps = 4;
    let mut ts = vec![];
    let mut first = 0.0;
    for k in 0..12 {
        let t = Instant::now();
        let mut e = dev.create_command_encoder(&Default::default());
        {
            let mut c = e.begin_compute_pass(&Default::default());
            c.set_pipeline(&p);
            c.set_bind_group(0, &bg, &[]);
            for _ in 0..(if k == 0 { 1 } else { reps }) {
                c.dispatch_workgroups(groups[0], groups[1], groups[2]);
            }
        }
        q.submit([e.finish()]);
        dev.poll(wgpu::PollType::wait_indefinitely()).unwrap();
        let el = t.elapsed().as_secs_f64() * 1e3;
        if k == 0 { first = el } else { ts.push(el / reps as f64) }
    }
    ts.sort_by(|a, b| a.total_cmp(b));
    let med = ts[ts.len() / 2];
    println!(
        "{:40} pipe {:7.1} ms first {:7.1} ms | min {:8.3} med {:8.3} ms  {:6.2} GMAC/s (min {:.2})",
        args[0].rsplit('/').next().unwrap(),
        cold.as_secs_f64() * 1e3,
        first,
        ts[0],
        med,
        macs / med / 1e6,
        macs / ts[0] / 1e6
    );
    if std::env::var("PAUSE").is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    drop((p, bg));
}
