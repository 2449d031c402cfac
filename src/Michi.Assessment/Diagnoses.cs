using Michi.Assessment.Profiles;
using Michi.Platform.Places;

namespace Michi.Assessment;

/// <summary>What other modules ask of assessment.</summary>
public sealed class Diagnoses
{
    private readonly PlaceDiagnosis _diagnosis;

    internal Diagnoses(PlaceDiagnosis diagnosis) => _diagnosis = diagnosis;

    /// <summary>The newest diagnosis of a place.</summary>
    public async Task<Diagnosis> OfAsync(Place place, CancellationToken cancel) => (await _diagnosis.OfAsync(place, cancel)).Diagnosis;

    /// <summary>The version of the program that diagnoses.</summary>
    public static string ProgramVersion => PlaceDiagnosis.ProgramVersion;
}
