using Michi.Platform.Accounts;

namespace Michi.Assessment.Profiles;

/// <summary>What to find out next: the elements whose level would tell most about the stage.</summary>
[Allow(Right.ViewPlace)]
internal sealed class FindOutPage : DiagnosisPage;
