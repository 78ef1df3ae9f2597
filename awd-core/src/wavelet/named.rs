//! Named wavelets as lifting schemes, for instruments that do not use a learned wavelet.
//!
//! | wavelets | names in PyWavelets | properties |
//! |---|---|---|
//! | [`HAAR`], [`DB2`] to [`DB8`] | haar, db2 … db8 | orthogonal, the most vanishing moments for their length |
//! | [`SYM4`] | sym4 | orthogonal, as many vanishing moments as db4, nearly symmetric |
//! | [`COIF1`], [`COIF2`] | coif1, coif2 | orthogonal, the scaling function has vanishing moments too |
//! | [`CDF53`], [`CDF97`] | bior2.2, bior4.4 | biorthogonal, symmetric; used in JPEG 2000 |
//!
//! Filters and alignment are those of PyWavelets for every boundary. The orthogonal schemes are those that the trainer
//! finds: of all factorisations with small taps, the one with the least rounding noise. A test compares this table with
//! the trainer. The symmetric wavelets are factored as in Daubechies & Sweldens (1998, "Factoring wavelet transforms
//! into lifting steps", section 7).
//!
//! ```
//! use awd_core::{Boundary, Dwt, named};
//!
//! let dwt = Dwt::new(named::CDF53.lifting()?, Boundary::Symmetric, 1);
//! let mut work = [0.0_f32; 64];
//! // The detail of a ramp is zero, except where the symmetric extension bends it.
//! dwt.analyze(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], &mut work, |band, coefficients| {
//!     if band == 0 {
//!         assert_eq!(coefficients[1..4], [0.0; 3]);
//!     }
//! })?;
//! # Ok::<(), awd_core::Invalid>(())
//! ```

use crate::{Invalid, Lifting, Step, Tap};
use core::f64::consts::{FRAC_1_SQRT_2, SQRT_2};
use core::iter::repeat_n;

/// A wavelet as a constant: its scheme in `f64`, and the scales, which a [`Lifting`] omits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Named {
    /// The name in PyWavelets.
    pub name: &'static str,
    /// Taps of the filters, as for [`Lifting::new`]; `dec_len` in PyWavelets.
    pub filter_len: u8,
    /// The first samples of approximation and detail, as for [`Lifting::new`].
    pub origin: [i8; 2],
    /// The factors by which approximation and detail of one level are multiplied to match PyWavelets' filters.
    pub scale: [f64; 2],
    /// The steps, first to last; the last one changes the detail.
    pub steps: &'static [Step<f64>],
}

impl Named {
    /// The scheme with taps of type `C`, each rounded once.
    ///
    /// # Errors
    /// The errors of [`Lifting::new`]; never for the wavelets of this module.
    pub fn lifting<C: Tap>(&self) -> Result<Lifting<C>, Invalid> {
        Ok(Lifting::new(self.filter_len, self.origin, self.steps)?.rounded())
    }

    /// The steps in the form that [`crate::Layout`] expects, for a scheme of `N` steps.
    /// [`Unrolled::new`](crate::Unrolled::new) refuses the layout if the scheme has another number of steps.
    ///
    /// ```
    /// use awd_core::named;
    ///
    /// const STEPS: &[(i8, [bool; 2])] = &named::DB2.shape::<3>();
    /// assert_eq!(STEPS, [(1, [true, false]), (-1, [true, true]), (0, [true, false])]);
    /// ```
    #[must_use]
    pub const fn shape<const N: usize>(&self) -> [(i8, [bool; 2]); N] {
        let mut shape = [(0, [false; 2]); N];
        let mut i = 0;
        while i < N && i < self.steps.len() {
            let Step { offset, taps: [first, second] } = self.steps[i];
            shape[i] = (offset, [first != 0.0, second != 0.0]);
            i += 1;
        }
        shape
    }

    /// The factor by which the coefficients of a band are multiplied to match PyWavelets, for a transform of `levels`
    /// levels. Bands are numbered as in [`Dwt`](crate::Dwt): finest detail first, approximation last.
    ///
    /// ```
    /// let scales = [0, 1, 2].map(|band| awd_core::named::CDF53.band_scale(2, band));
    /// assert!((scales[0] - -0.5_f64.sqrt()).abs() < 1e-15 && (scales[2] - 2.0).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn band_scale(&self, levels: u8, band: usize) -> f64 {
        let [low, high] = self.scale;
        let levels = usize::from(levels);
        // A detail passes the low-pass filter of every finer level.
        if band < levels { repeat_n(low, band).product::<f64>() * high } else { repeat_n(low, levels).product() }
    }
}

/// All named wavelets, in the order of the table above.
pub const ALL: [Named; 13] = [HAAR, DB2, DB3, DB4, DB5, DB6, DB7, DB8, SYM4, COIF1, COIF2, CDF53, CDF97];

/// Daubechies, 1 vanishing moment, 2 taps: sums and differences of pairs.
pub const HAAR: Named = Named {
    name: "haar",
    filter_len: 2,
    origin: [0, 1],
    scale: [FRAC_1_SQRT_2, -SQRT_2],
    steps: &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])],
};

/// Daubechies, 2 vanishing moments, 4 taps.
pub const DB2: Named = Named {
    name: "db2",
    filter_len: 4,
    origin: [0, 1],
    scale: [1.1153550716504104, 0.8965754721680537],
    steps: &[
        Step::new(1, [-0.5773502691896256, 0.0]),
        Step::new(-1, [0.4330127018922193, 0.20096189432334213]),
        Step::new(0, [-0.33333333333333337, 0.0]),
    ],
};

/// Daubechies, 3 vanishing moments, 6 taps.
pub const DB3: Named = Named {
    name: "db3",
    filter_len: 6,
    origin: [-1, 2],
    scale: [1.0475237291258896, 0.9546323125629373],
    steps: &[
        Step::new(-2, [0.41228659505180565, 0.0]),
        Step::new(1, [-0.4667569467942385, -0.3523876576748555]),
        Step::new(-1, [0.492151844887739, -0.09542943900975191]),
        Step::new(0, [0.11619309193636237, 0.0]),
    ],
};

/// Daubechies, 4 vanishing moments, 8 taps.
pub const DB4: Named = Named {
    name: "db4",
    filter_len: 8,
    origin: [-2, 3],
    scale: [0.8421450430697317, 1.1874439067584674],
    steps: &[
        Step::new(3, [-0.3222758880002812, 0.0]),
        Step::new(-3, [0.29195312600347534, 0.7346312579208224]),
        Step::new(1, [0.17267310081004847, -0.5400282834197139]),
        Step::new(-1, [-0.36483834388117853, 0.06472423932208055]),
        Step::new(0, [-0.03262364945797328, 0.0]),
    ],
};

/// Daubechies, 5 vanishing moments, 10 taps.
pub const DB5: Named = Named {
    name: "db5",
    filter_len: 10,
    origin: [-2, 3],
    scale: [1.2314418287580444, -0.8120562227519409],
    steps: &[
        Step::new(-2, [-0.2651451428115884, 0.0]),
        Step::new(2, [0.2477292913603298, -0.8781630284594308]),
        Step::new(-3, [0.5341246460373478, 0.24142130488229827]),
        Step::new(1, [0.19853362727398796, -0.6332784114209045]),
        Step::new(-1, [-0.08778848345154804, 0.013733339408936519]),
        Step::new(0, [-0.031595137004608975, 0.0]),
    ],
};

/// Daubechies, 6 vanishing moments, 12 taps.
pub const DB6: Named = Named {
    name: "db6",
    filter_len: 12,
    origin: [-3, 4],
    scale: [0.9209502755579576, -1.0858349538949321],
    steps: &[
        Step::new(3, [0.22550617856378877, 0.0]),
        Step::new(-4, [0.7273420740972342, -0.21459345000300817]),
        Step::new(3, [-0.39111354797562836, -0.507005568565545]),
        Step::new(-3, [0.65957141363468, -0.27184625934453854]),
        Step::new(1, [-0.05908637151044103, 0.20512679659260843]),
        Step::new(-1, [0.08252478647755447, -0.01138651146389157]),
        Step::new(0, [0.008191735616131547, 0.0]),
    ],
};

/// Daubechies, 7 vanishing moments, 14 taps.
pub const DB7: Named = Named {
    name: "db7",
    filter_len: 14,
    origin: [-4, 5],
    scale: [0.9847885775829686, -1.0154463838871546],
    steps: &[
        Step::new(-4, [-0.19632871258952012, 0.0]),
        Step::new(4, [0.18904209207199224, -0.6226081148006307]),
        Step::new(-5, [0.4735420275928431, 0.5493840871802103]),
        Step::new(3, [0.31603468485499026, -0.6554653836458478]),
        Step::new(-3, [-0.3660629023866955, 0.14385820030622257]),
        Step::new(1, [0.03586663875020129, -0.13766428463217054]),
        Step::new(-1, [-0.03818527705251975, 0.004684755806078195]),
        Step::new(0, [-0.0044062378168501235, 0.0]),
    ],
};

/// Daubechies, 8 vanishing moments, 16 taps.
pub const DB8: Named = Named {
    name: "db8",
    filter_len: 16,
    origin: [-5, 6],
    scale: [1.0998205796127023, -0.9092392145927531],
    steps: &[
        Step::new(5, [0.1739238838658552, 0.0]),
        Step::new(-6, [0.545240042147073, -0.16881724371813148]),
        Step::new(5, [-0.7095997827183605, -0.4399133163852163]),
        Step::new(-5, [0.6353677588938289, -0.3379984308910204]),
        Step::new(3, [-0.2641738765014089, 0.5578087497857344]),
        Step::new(-3, [0.18749477001593434, -0.06841128991724825]),
        Step::new(1, [-0.023706014589390485, 0.1007135751820239]),
        Step::new(-1, [0.016208171869188295, -0.0017847647755538786]),
        Step::new(0, [0.0026113818275875465, 0.0]),
    ],
};

/// Daubechies' least asymmetric wavelet, 4 vanishing moments, 8 taps.
pub const SYM4: Named = Named {
    name: "sym4",
    filter_len: 8,
    origin: [2, -1],
    scale: [1.250081754683853, 0.7999476804242304],
    steps: &[
        Step::new(-1, [-0.391146941970695, 0.0]),
        Step::new(0, [0.12439028293309817, 0.33924399186597914]),
        Step::new(-1, [-0.8991460629759696, -0.1620314520385134]),
        Step::new(0, [-0.23046883579112473, 0.4312834159752535]),
        Step::new(-1, [0.0, 0.6646169843788396]),
    ],
};

/// Coiflet, 2 vanishing moments, 6 taps.
pub const COIF1: Named = Named {
    name: "coif1",
    filter_len: 6,
    origin: [0, 1],
    scale: [1.0217064953743347, -0.9787546663620047],
    steps: &[
        Step::new(0, [0.21525043702153035, 0.0]),
        Step::new(0, [-0.20571891388307398, -0.361227795630767]),
        Step::new(-1, [0.3460420308512752, 0.1970706341141654]),
        Step::new(0, [-0.22469652221889916, 0.0]),
    ],
};

/// Coiflet, 4 vanishing moments, 12 taps.
pub const COIF2: Named = Named {
    name: "coif2",
    filter_len: 12,
    origin: [-2, 3],
    scale: [0.7604613448478712, 1.3149912310139158],
    steps: &[
        Step::new(3, [0.39520948862007865, 0.0]),
        Step::new(-3, [-0.3418203790664575, 0.48655312628155767]),
        Step::new(2, [-0.4940618205495101, -0.10235638480685107]),
        Step::new(-3, [0.13092196383207616, 0.8528178450560425]),
        Step::new(1, [0.0911127052346024, -0.4287159896385199]),
        Step::new(-1, [-0.2784538528334942, 0.075886111190287]),
        Step::new(0, [-0.02542785370436782, 0.0]),
    ],
};

/// Cohen–Daubechies–Feauveau 5/3, 2 vanishing moments of both wavelets, 5 and 3 taps: the lossless wavelet of JPEG
/// 2000. Its taps are powers of two.
pub const CDF53: Named = Named {
    name: "bior2.2",
    filter_len: 6,
    origin: [0, 1],
    scale: [SQRT_2, -FRAC_1_SQRT_2],
    steps: &[Step::new(0, [-0.5, -0.5]), Step::new(-1, [0.25, 0.25]), ZERO_STEP],
};

/// Cohen–Daubechies–Feauveau 9/7, 4 vanishing moments of both wavelets, 9 and 7 taps: the lossy wavelet of JPEG 2000.
pub const CDF97: Named = Named {
    name: "bior4.4",
    filter_len: 10,
    origin: [0, 1],
    scale: [1.1496043988602411, -0.8698644516247813],
    steps: &[
        Step::new(0, [-1.5861343420599237, -1.5861343420599237]),
        Step::new(-1, [-0.052980118572961414, -0.052980118572961414]),
        Step::new(0, [0.8829110755309333, 0.8829110755309333]),
        Step::new(-1, [0.44350685204397117, 0.44350685204397117]),
        ZERO_STEP,
    ],
};

/// A step of zeros after a step that changes the approximation: the last step of a scheme must change the detail.
const ZERO_STEP: Step<f64> = Step::new(0, [0.0, 0.0]);
