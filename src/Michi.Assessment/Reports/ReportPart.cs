using Michi.Approach;
using Michi.Assessment.Profiles;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Components;

namespace Michi.Assessment.Reports;

/// <summary>Base of the report's components: the model and short names for what they speak with.</summary>
public abstract class ReportPart : ComponentBase
{
    [Parameter, EditorRequired]
    public ReportModel Model { get; set; } = null!;

    private protected Words T => Model.T;
    private protected PackWords Pack => Model.Pack;
    private protected Diagnosis D => Model.Of;
    private protected ContentPack P => Model.Of.Input.Pack;

    private protected string DomainClass(Element element) => $"domain-{element.DomainId}";
}
