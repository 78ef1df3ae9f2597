fn ratio(moment: f32, sum: f32) -> f32 {
    if sum > 0.0 { moment / sum } else { 0.0 }
}
