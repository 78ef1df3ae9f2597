use super::*;
use crate::fixtures;
use ndarray::ArrayView2;

/// The outputs max(x₀, x₁) + x₂³ and x₀x₂. A part of the gradient is multiplied by `factor`, which should be 1.
struct Pooled {
    factor: f32,
}

impl Function for Pooled {
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let value = |(i, output)| match output {
            0 => x[[i, 0]].max(x[[i, 1]]) + x[[i, 2]].powi(3),
            _ => x[[i, 0]] * x[[i, 2]],
        };
        Ok(Array2::from_shape_fn((x.nrows(), 2), value))
    }
}

impl Differentiable for Pooled {
    fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
        let larger = |i, k: usize| f32::from(u8::from(x[[i, k]] > x[[i, 1 - k]]));
        let value = |(i, output, k)| match (output, k) {
            (0, 2) => 3.0 * x[[i, 2]].powi(2),
            (0, k) => self.factor * larger(i, k),
            (_, 0) => x[[i, 2]],
            (_, 1) => 0.0,
            (_, _) => x[[i, 0]],
        };
        Ok(Array3::from_shape_fn((x.nrows(), 2, 3), value))
    }
}

fn windows() -> Array2<f32> {
    fixtures::windows(100, 3)
}

#[test]
fn right_gradients_pass_and_scaled_ones_are_stopped() {
    assert_eq!(check(&Pooled { factor: 1.0 }, &windows()), Ok(()));
    for factor in [0.25, 0.8, 1.25, -1.0, 0.0, f32::NAN] {
        let why = check(&Pooled { factor }, &windows()).unwrap_err().to_string();
        assert!(why.starts_with("gradients: ") && why.contains("output 0 of window"), "{factor}: {why}");
    }
}

/// Two layers of rectifiers in `f32` with a saturating output: `offset` + `gain` · tanh(`steep` · z).
struct Network {
    layers: [Array2<f32>; 2],
    last: Array2<f32>,
    shape: [f32; 3],
    /// Whether the gradient omits every second unit of the second layer.
    broken: bool,
}

impl Network {
    const SAMPLES: usize = 60;

    fn new([offset, gain, steep]: [f32; 3]) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut weights = |from: usize, to: usize| {
            let scale = (6.0 / from as f32).sqrt();
            Array2::from_shape_simple_fn((from, to), || scale * random.random_range(-1.0..1.0))
        };
        let layers = [weights(Self::SAMPLES, 80), weights(80, 80)];
        Self { layers, last: weights(80, 1), shape: [offset, gain, steep], broken: false }
    }

    /// The units of both layers, and the weighted sum of the second.
    fn forward(&self, x: ArrayView2<'_, f32>) -> ([Array2<f32>; 2], Array2<f32>) {
        let first = x.dot(&self.layers[0]).mapv(|z| z.max(0.0));
        let second = first.dot(&self.layers[1]).mapv(|z| z.max(0.0));
        let sum = second.dot(&self.last);
        ([first, second], sum)
    }

    fn windows(unit: f32) -> Array2<f32> {
        unit * fixtures::noise::<f32>(4, (40, Self::SAMPLES))
    }
}

impl Function for Network {
    fn outputs(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
        let [offset, gain, steep] = self.shape;
        Ok(self.forward(x).1.mapv(|z| offset + gain * (steep * z).tanh()))
    }
}

impl Differentiable for Network {
    fn gradients(&self, x: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
        let [_, gain, steep] = self.shape;
        let ([first, second], sum) = self.forward(x);
        let outer = sum.mapv(|z| gain * steep / (steep * z).cosh().powi(2));
        let active = |units: Array2<f32>| units.mapv(|unit| f32::from(u8::from(unit > 0.0)));
        let mut behind = outer.dot(&self.last.t()) * active(second);
        if self.broken {
            behind.columns_mut().into_iter().step_by(2).for_each(|mut unit| unit.fill(0.0));
        }
        let first = behind.dot(&self.layers[1].t()) * active(first);
        Ok(first.dot(&self.layers[0].t()).insert_axis(Axis(1)))
    }
}

#[test]
fn networks_pass_where_they_are_saturated_or_offset_and_broken_ones_do_not() {
    // Logits; steeper ones, which saturate most windows; a value far from 0, whose rounding is as large as the change
    // by a single sample.
    for shape in [[0.0, 5.0, 0.5], [0.0, 20.0, 4.0], [0.0, 20.0, 20.0], [3e3, 1.0, 0.5]] {
        for unit in [1e-6, 1.0, 1e6] {
            // The first layer compensates the unit.
            let mut network = Network::new(shape);
            network.layers[0] /= unit;
            let x = Network::windows(unit);
            assert_eq!(check(&network, &x), Ok(()), "{shape:?} {unit}");
            network.broken = true;
            assert!(check(&network, &x).is_err(), "{shape:?} {unit}");
        }
    }
}

#[test]
fn gradients_below_the_rounding_are_not_wrong() {
    // `f32` numbers near 1e6 are 1/16 apart, and the outputs change by a hundredth.
    assert_eq!(check(&Network::new([1e6, 0.01, 0.5]), &Network::windows(1.0)), Ok(()));
}

#[test]
fn one_unsaturated_window_reveals_a_wrong_gradient() {
    // All windows except one are so large that their gradient is 0.
    let mut x = Network::windows(1.0) * 1e4;
    x.row_mut(3).mapv_inplace(|sample| sample * 1e-4);
    let mut network = Network::new([0.0, 5.0, 0.5]);
    assert_eq!(check(&network, &x), Ok(()));
    let compared: Vec<usize> = few(40, WINDOWS);
    assert!(compared.contains(&3));
    network.broken = true;
    assert!(check(&network, &x).is_err());
}

#[test]
fn outputs_that_are_not_finite_are_named() {
    let why = check(&Network::new([f32::NAN, 1.0, 1.0]), &Network::windows(1.0)).unwrap_err();
    assert!(why.exit_code() == 2 && why.to_string().starts_with("network: outputs: finite"), "{why}");
}

#[test]
fn cached_gradients_are_compared_with_the_function_too() {
    let (right, wrong) = (Pooled { factor: 1.0 }, Pooled { factor: 2.0 });
    let cached = |pooled: &Pooled| Attributions::saliency(pooled.gradients(windows().view()).unwrap());
    assert_eq!(check_cached(&right, &windows(), &cached(&right)), Ok(()));
    assert!(
        check_cached(&right, &windows(), &cached(&wrong))
            .unwrap_err()
            .to_string()
            .contains("but its gradient predicts")
    );
    let mut one = cached(&right);
    one.gradients = one.gradients.select(Axis(1), &[0]);
    assert!(check_cached(&right, &windows(), &one).unwrap_err().to_string().contains("for 1 outputs"));
    one.gradients = Array3::zeros((100, 2, 3));
    assert!(check_cached(&right, &windows(), &one).unwrap_err().to_string().contains("all are zero"));
}

#[test]
fn the_unit_of_the_samples_does_not_matter() {
    for unit in [1e-3, 1e3] {
        assert_eq!(check(&Pooled { factor: 1.0 }, &(windows() * unit)), Ok(()), "{unit}");
    }
}
