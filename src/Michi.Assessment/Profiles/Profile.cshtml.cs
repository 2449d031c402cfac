using Michi.Platform.Accounts;

namespace Michi.Assessment.Profiles;

/// <summary>The profile of a place: domains and elements with their uncertainty.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ProfilePage : DiagnosisPage;
