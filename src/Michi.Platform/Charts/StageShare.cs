namespace Michi.Platform.Charts;

/// <summary>One stage of <see cref="StageBar"/>.</summary>
/// <param name="Label">Name of the stage.</param>
/// <param name="Probability">0 to 1; NaN when not known.</param>
/// <param name="Text">How the probability is written; in whole per cent when not set.</param>
public sealed record StageShare(string Label, double Probability, string? Text = null);
