using Michi.Platform.Accounts;

namespace Michi.Assessment.Position;

/// <summary>Support programmes at city and country level, each with the gaps it answers.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ProgrammesPage : DiagnosisPage
{
    public override string Step => "direct";
}
