using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Assessment.Migrations;

[DbContext(typeof(AssessmentDb))]
[Migration("20261123_OneTitleAnAssessment")]
internal sealed class OneTitleAnAssessment : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropIndex("IX_assessment_assessments_PlaceId", "assessment_assessments");
        migrationBuilder.CreateIndex("IX_assessment_assessments_PlaceId_Title", "assessment_assessments", ["PlaceId", "Title"], unique: true);
    }
}
